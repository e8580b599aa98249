// The forward pass and the gradient of the input as blocked matrix products: rows are pixels of
// dst, columns its channels, the reduction runs over taps and channels of src.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/conv.hpp"
#include "kernels/conv/row_blocks-inl.hpp"
#include "kernels/conv/row_pack-inl.hpp"
#include "kernels/conv/row_worker-inl.hpp"
#include "kernels/conv/rows.hpp"
#include "kernels/norm/carried.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

// Blocks of pixels of all images, for one phase.
std::int64_t pixel_blocks(const Blocking& b) {
  return b.c.batch * sweep(b.c, b.pass, 0).axes[0].count * b.row_blocks * b.col_blocks;
}

std::int64_t sum_pieces(const Conv& conv, ConvPass pass) {
  const Blocking b = blocking(conv, pass);
  return pixel_blocks(b) * phases(b.c, pass);
}

void run_rows(const Conv& conv, ConvPass pass, const RowOperands& operands, ThreadPool& pool) {
  const Blocking b = blocking(conv, pass);
  const std::int64_t slices = sweep(b.c, pass, 0).axes[0].count;
  const std::int64_t extents[] = {b.column_splits, b.col_blocks, b.row_blocks,     slices,
                                  b.c.batch,       b.c.groups,   phases(b.c, pass)};
  std::int64_t count = 1;
  for (const std::int64_t extent : extents) count *= extent;
  pool.run(count, [&](std::int64_t index, int worker) {
    const std::int64_t block = index / b.column_splits, blocks = pixel_blocks(b);
    std::int64_t at[7];
    for (int i = 0; i < 7; ++i) {
      at[i] = index % extents[i];
      index /= extents[i];
    }
    Task task;
    task.phase = at[6];
    task.group = at[5];
    task.image = at[4];
    task.slice = at[3];
    task.row = at[2] * b.rows;
    task.col = at[1] * b.cols;
    task.panel_first = cut(b.panels, b.column_splits, at[0]);
    task.panel_last = cut(b.panels, b.column_splits, at[0] + 1);
    task.next_panel = cut(b.panels, b.column_splits, (at[0] + 1) % b.column_splits);
    task.piece = task.phase * blocks + block % blocks;
    const Sweep s = sweep(b.c, pass, task.phase);
    task.rows = task.slice < s.axes[0].count ? std::min(b.rows, s.axes[1].count - task.row) : 0;
    task.cols = std::min(b.cols, s.axes[2].count - task.col);
    Worker(b, operands, reinterpret_cast<float*>(pool.scratch(worker))).run(task);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(run_rows);
HWY_EXPORT(sum_pieces);
HWY_EXPORT(pack_weights);
HWY_EXPORT(packed_floats);

namespace {

// The last is for pixels that can be read in place or copied. Where a task's pixels are also a
// piece of the sums for a norm, they stay as they are.
int variants(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (c.statistics || c.norm_grad) return kFewTasks + 1;
  return is_pointwise(c) && !c.normalised ? kOtherReading + 1 : kFewerPixels + 1;
}

std::string refuse(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (c.residual && c.y_width != 0) return "adds a residual only where y lies by itself";
  return refuse_blocked(problem);
}

// Pieces of the sums for a norm; 0 when there are none to be made.
std::int64_t pieces_of(const Conv& c, ConvPass pass) {
  const bool sums = pass == ConvPass::forward ? c.statistics : c.norm_grad;
  return sums ? HWY_DYNAMIC_DISPATCH(sum_pieces)(c, pass) : 0;
}

void run_forward(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  auto* sums = reinterpret_cast<float*>(args.scratch);
  RowOperands operands = row_operands(c, args);
  operands.norm = source_norm(c, args, kInMean);
  if (c.statistics) operands.sums = statistics_sums(args, sums);
  HWY_DYNAMIC_DISPATCH(run_rows)(c, ConvPass::forward, operands, args.pool);
  if (c.statistics) finish_statistics(c, args, sums, pieces_of(c, ConvPass::forward));
}

void run_grad_input(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  auto* sums = reinterpret_cast<float*>(args.scratch);
  Conv plain = c;
  plain.activation = Activation::none;
  RowOperands operands = row_operands(c, args);
  if (c.norm_grad) operands.sums = norm_grad_sums(c, args, sums);
  HWY_DYNAMIC_DISPATCH(run_rows)(plain, ConvPass::grad_input, operands, args.pool);
  if (c.norm_grad) finish_norm_grad(c, args, sums, pieces_of(c, ConvPass::grad_input));
}

template <ConvPass pass>
std::size_t scratch_bytes(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  return piece_sums_bytes(pieces_of(c, pass),
                          pass == ConvPass::forward ? c.out_channels : c.in_channels);
}

template <ConvPass pass>
void pack(const Problem& problem, const void* weight, void* packed, ThreadPool& pool) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_weights)
  (std::get<Conv>(problem), pass, static_cast<const float*>(weight), static_cast<float*>(packed),
   pool);
}

template <ConvPass pass>
std::size_t packed_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(packed_floats)(std::get<Conv>(problem), pass) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvRows = {.family = "conv",
                                    .name = "brgemm",
                                    .refuse = refuse,
                                    .scratch_bytes = scratch_bytes<ConvPass::forward>,
                                    .run = run_forward,
                                    .packed_bytes = packed_bytes<ConvPass::forward>,
                                    .pack = pack<ConvPass::forward>,
                                    .in_place = kResidual,
                                    .variants = variants};

constinit const Kernel kConvGradInputRows = {.family = "conv_grad_input",
                                             .name = "brgemm",
                                             .refuse = refuse_blocked,
                                             .scratch_bytes = scratch_bytes<ConvPass::grad_input>,
                                             .run = run_grad_input,
                                             .packed_bytes = packed_bytes<ConvPass::grad_input>,
                                             .pack = pack<ConvPass::grad_input>,
                                             .in_place = kResidual,
                                             .variants = variants};

}  // namespace noyau::kernels
#endif