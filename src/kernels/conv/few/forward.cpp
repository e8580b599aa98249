// The forward pass for few channels of y. Vectors run over the pixels of a row and their channels
// as they lie in memory, so all lanes work; x is spread to match, weights are repeated.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/few/forward.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/few/few.hpp"
#include "kernels/conv/few/spread-inl.hpp"
#include "kernels/norm/carried.hpp"
#include "kernels/wrap.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

// Packed weights lie as [vector of the period][kernel column][channel of x][kernel row][lane].
void pack_spread(const Conv& c, const float* weight, float* packed) {
  const std::int64_t period = spread_of(c).period;
  for (std::int64_t phase = 0; phase < period; ++phase)
    for (std::int64_t kw = 0; kw < c.kernel[2]; ++kw)
      for (std::int64_t channel = 0; channel < c.in_channels; ++channel)
        for (std::int64_t kh = 0; kh < c.kernel[1]; ++kh)
          for (std::int64_t lane = 0; lane < lanes(); ++lane) {
            const std::int64_t n = (phase * lanes() + lane) % c.out_channels;
            *packed++ =
                weight[((n * c.in_channels + channel) * c.kernel[1] + kh) * c.kernel[2] + kw];
          }
}

std::size_t spread_floats(const Conv& c) {
  return std::size_t(spread_of(c).period * lanes() * c.kernel[1] * c.kernel[2] * c.in_channels);
}

// One vector of kSpreadRows rows of y, by kHeight rows of the kernel.
struct SpreadTile {
  const float* x;
  std::int64_t row, stride;    // floats of a spread row, rows of x from one row of y to the next
  const std::int64_t* shifts;  // of each kernel column and channel of x
  std::int64_t depth;
  const float* weights;
  const float* bias;  // or null
  bool relu;
  float* y;
  std::int64_t y_row, rows, columns;  // to be stored
};

template <int kHeight, bool kDense>
HWY_INLINE void sum_spread(const SpreadTile& t, V (&sum)[kSpreadRows]) {
  const D d;
  const float* weights = t.weights;
  for (std::int64_t k = 0; k < t.depth; ++k, weights += kHeight * lanes()) {
    const float* x = t.x + t.shifts[k];
    V w[kHeight];
    HWY_UNROLL(7)
    for (int i = 0; i < kHeight; ++i) w[i] = hn::LoadU(d, weights + i * lanes());
    if constexpr (kDense) {  // each row of x is loaded once
      HWY_UNROLL(16)
      for (int r = 0; r < kSpreadRows + kHeight - 1; ++r) {
        const V v = hn::LoadU(d, x + r * t.row);
        HWY_UNROLL(7)
        for (int i = 0; i < kHeight; ++i)
          if (r - i >= 0 && r - i < kSpreadRows) sum[r - i] = hn::MulAdd(v, w[i], sum[r - i]);
      }
    } else {
      HWY_UNROLL(8)
      for (int r = 0; r < kSpreadRows; ++r) {
        HWY_UNROLL(7)
        for (int i = 0; i < kHeight; ++i)
          sum[r] = hn::MulAdd(hn::LoadU(d, x + (r * t.stride + i) * t.row), w[i], sum[r]);
      }
    }
  }
}

template <int kHeight>
HWY_NOINLINE void spread_tile(const SpreadTile& t) {
  const D d;
  V sum[kSpreadRows];
  HWY_UNROLL(8)
  for (int r = 0; r < kSpreadRows; ++r) sum[r] = hn::Zero(d);
  t.stride == 1 ? sum_spread<kHeight, true>(t, sum) : sum_spread<kHeight, false>(t, sum);
  const V bias = t.bias ? hn::LoadU(d, t.bias) : hn::Zero(d);
  const auto tail = hn::FirstN(d, std::size_t(std::min(t.columns, lanes())));
  HWY_UNROLL(8)
  for (int r = 0; r < kSpreadRows; ++r) {
    if (r >= t.rows) break;
    V y = hn::Add(sum[r], bias);
    if (t.relu) y = hn::IfThenZeroElse(hn::Lt(y, hn::Zero(d)), y);  // a NaN stays one
    if (t.columns >= lanes())
      hn::StoreU(y, d, t.y + r * t.y_row);
    else
      hn::BlendedStore(y, tail, d, t.y + r * t.y_row);
  }
}

constexpr std::array<void (*)(const SpreadTile&), kSpreadTaps + 1> kSpreadTiles = {
    nullptr,        spread_tile<1>, spread_tile<2>, spread_tile<3>,
    spread_tile<4>, spread_tile<5>, spread_tile<6>, spread_tile<7>};

// The rows of one task, from a panel of spread rows of x.
void spread_rows_of_y(const Conv& c, const Spread& s, SpreadTile t, const float* panel,
                      const float* packed, const float* bias, float* y, std::int64_t rows) {
  const std::int64_t size = c.out[2] * c.out_channels;
  for (std::int64_t r = 0; r < rows; r += kSpreadRows)
    for (std::int64_t j = 0; j < s.vectors; ++j) {
      t.x = panel + r * c.stride[1] * s.row + j * lanes();
      t.weights = packed + j % s.period * t.depth * c.kernel[1] * lanes();
      t.bias = bias ? bias + j * lanes() % c.out_channels : nullptr;
      t.y = y + r * size + j * lanes();
      t.rows = rows - r;
      t.columns = size - j * lanes();
      kSpreadTiles[std::size_t(c.kernel[1])](t);
    }
}

void forward_few(const Conv& c, const float* x, const float* packed, const float* bias, float* y,
                 std::int64_t* shifts, ThreadPool& pool) {
  const Spread s = spread_of(c);
  float wrapped[2 * kWrap];
  if (bias) wrap(bias, c.out_channels, wrapped);
  SpreadTile t{};
  t.row = s.row;
  t.stride = c.stride[1];
  t.shifts = shifts;
  t.depth = c.kernel[2] * c.in_channels;
  t.relu = c.activation == Activation::relu;
  t.y_row = c.out[2] * c.out_channels;
  fill_shifts(c, s, shifts);
  const std::int64_t block = spread_block(c, s), blocks = ceil_div(c.out[1], block);
  pool.run(c.batch * blocks, [&](std::int64_t task, int worker) {
    const std::int64_t image = task / blocks, first = task % blocks * block;
    const std::int64_t rows = std::min(block, c.out[1] - first);
    float* panel = reinterpret_cast<float*>(pool.scratch(worker));
    spread_block_of_x(c, s, x, image, first, rows, panel);
    spread_rows_of_y(c, s, t, panel, packed, bias ? wrapped : nullptr,
                     y + (image * c.out[1] + first) * t.y_row, rows);
  });
}

std::string refuse_forward_few(const Conv& c) { return refuse_spread(c, 0.67); }

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(forward_few);
HWY_EXPORT(pack_spread);
HWY_EXPORT(spread_floats);
HWY_EXPORT(refuse_forward_few);

namespace {

std::string refuse(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (std::string carried = refuse_carried(c); !carried.empty()) return carried;
  if (c.residual) return "adds no residual";
  if (c.activation == Activation::relu6) return "applies no relu6";
  return HWY_DYNAMIC_DISPATCH(refuse_forward_few)(c);
}

std::size_t scratch_bytes(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  return std::size_t(c.kernel[2] * c.in_channels) * sizeof(std::int64_t);
}

void run(const Problem& problem, const Args& args) noexcept {
  const auto& c = std::get<Conv>(problem);
  HWY_DYNAMIC_DISPATCH(forward_few)
  (c, args.in<float>(0), args.in<float>(1), c.bias ? args.in<float>(2) : nullptr,
   args.out<float>(0), reinterpret_cast<std::int64_t*>(args.scratch), args.pool);
}

void pack(const Problem& problem, const void* weight, void* packed, ThreadPool&) noexcept {
  HWY_DYNAMIC_DISPATCH(pack_spread)
  (std::get<Conv>(problem), static_cast<const float*>(weight), static_cast<float*>(packed));
}

std::size_t packed_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(spread_floats)(std::get<Conv>(problem)) * sizeof(float);
}

}  // namespace

constinit const Kernel kConvFew = {.family = "conv",
                                   .name = "few",
                                   .refuse = refuse,
                                   .scratch_bytes = scratch_bytes,
                                   .run = run,
                                   .packed_bytes = packed_bytes,
                                   .pack = pack};

}  // namespace noyau::kernels
#endif
