// The gradient of the weights for few channels of y: vectors of dy as they lie in memory, several
// pixels each, times x spread to match. Lanes of the same channel are added up at the end.

#include "kernels/simd.hpp"
// The macros above come before Highway.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/few/grad_weight.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/conv/few/few.hpp"
#include "kernels/conv/few/spread-inl.hpp"
#include "kernels/norm/carried.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

// The sums of one vector of the period, one kernel column and one channel of x.
struct SpreadSums {
  const float *x, *dy;
  std::int64_t row, stride;  // floats of a spread row, rows of x from one row of dy to the next
  std::int64_t rows, size;   // of dy, and the floats of one of them
  std::int64_t first, step;  // floats of the vectors within a row of dy
  float* sums;               // kHeight vectors, added to
};

template <int kHeight>
using Sums = V[2][kHeight];  // rows of x in turn: twice as many independent sums

template <int kHeight, bool kDense>
HWY_INLINE void add_products(const SpreadSums& t, const float* x, const V (&dy)[kSpreadRows],
                             Sums<kHeight>& sum) {
  const D d;
  if constexpr (kDense) {  // each row of x is loaded once
    HWY_UNROLL(16)
    for (int r = 0; r < kSpreadRows + kHeight - 1; ++r) {
      const V v = hn::LoadU(d, x + r * t.row);
      HWY_UNROLL(7)
      for (int i = 0; i < kHeight; ++i)
        if (r - i >= 0 && r - i < kSpreadRows)
          sum[r % 2][i] = hn::MulAdd(v, dy[r - i], sum[r % 2][i]);
    }
  } else {
    HWY_UNROLL(8)
    for (int r = 0; r < kSpreadRows; ++r) {
      HWY_UNROLL(7)
      for (int i = 0; i < kHeight; ++i)
        sum[r % 2][i] =
            hn::MulAdd(hn::LoadU(d, x + (r * t.stride + i) * t.row), dy[r], sum[r % 2][i]);
    }
  }
}

HWY_INLINE V load_columns(const float* p, std::int64_t columns) {
  const D d;
  if (columns >= lanes()) return hn::LoadU(d, p);
  return hn::MaskedLoad(hn::FirstN(d, std::size_t(columns)), d, p);
}

template <int kHeight>
HWY_NOINLINE void spread_sums(const SpreadSums& t) {
  const D d;
  Sums<kHeight> sum;
  HWY_UNROLL(7)
  for (int i = 0; i < kHeight; ++i) sum[0][i] = sum[1][i] = hn::Zero(d);
  for (std::int64_t h = 0; h < t.rows; h += kSpreadRows)
    for (std::int64_t j = t.first; j < t.size; j += t.step) {
      V dy[kSpreadRows];
      HWY_UNROLL(8)
      for (int r = 0; r < kSpreadRows; ++r)
        dy[r] =
            h + r < t.rows ? load_columns(t.dy + (h + r) * t.size + j, t.size - j) : hn::Zero(d);
      const float* x = t.x + h * t.stride * t.row + j;
      t.stride == 1 ? add_products<kHeight, true>(t, x, dy, sum)
                    : add_products<kHeight, false>(t, x, dy, sum);
    }
  HWY_UNROLL(7)
  for (int i = 0; i < kHeight; ++i) {
    float* to = t.sums + i * lanes();
    hn::StoreU(hn::Add(hn::LoadU(d, to), hn::Add(sum[0][i], sum[1][i])), d, to);
  }
}

constexpr std::array<void (*)(const SpreadSums&), kSpreadTaps + 1> kSpreadSums = {
    nullptr,        spread_sums<1>, spread_sums<2>, spread_sums<3>,
    spread_sums<4>, spread_sums<5>, spread_sums<6>, spread_sums<7>};

// How images and blocks of rows are shared out: slots have a copy of the sums each, laid out
// [vector of the period][kernel column][channel of x][kernel row][lane].
struct SpreadSlots {
  std::int64_t block, blocks;  // rows of dy of a block, blocks of an image
  std::int64_t slots, floats;
};

SpreadSlots spread_slots(const Conv& c, const Spread& s) {
  SpreadSlots t;
  t.block = spread_block(c, s);
  t.blocks = ceil_div(c.out[1], t.block);
  t.slots = std::min<std::int64_t>(32, c.batch * t.blocks);
  t.floats = s.period * c.kernel[1] * c.kernel[2] * c.in_channels * lanes();
  return t;
}

void sum_block(const Conv& c, const Spread& s, const std::int64_t* shifts, const float* panel,
               const float* dy, std::int64_t rows, float* sums) {
  SpreadSums t{};
  t.dy = dy;
  t.row = s.row;
  t.stride = c.stride[1];
  t.rows = rows;
  t.size = c.out[2] * c.out_channels;
  t.step = s.period * lanes();
  t.sums = sums;
  for (std::int64_t phase = 0; phase < s.period; ++phase)
    for (std::int64_t k = 0; k < c.kernel[2] * c.in_channels; ++k) {
      t.first = phase * lanes();
      t.x = panel + shifts[k];
      kSpreadSums[std::size_t(c.kernel[1])](t);
      t.sums += c.kernel[1] * lanes();
    }
}

// Adds up slots, then lanes of the same channel, in order.
void gather_spread(const Conv& c, const Spread& s, const SpreadSlots& slots, float* copies,
                   float* dweight) {
  const D d;
  const std::int64_t taps = c.kernel[1] * c.kernel[2], depth = c.kernel[2] * c.in_channels;
  for (std::int64_t slot = 1; slot < slots.slots; ++slot)
    for (std::int64_t i = 0; i < slots.floats; i += lanes())
      hn::StoreU(hn::Add(hn::LoadU(d, copies + i), hn::LoadU(d, copies + slot * slots.floats + i)),
                 d, copies + i);
  std::fill_n(dweight, c.out_channels * c.in_channels * taps, 0.0f);
  for (std::int64_t phase = 0; phase < s.period; ++phase)
    for (std::int64_t k = 0; k < depth; ++k)
      for (std::int64_t kh = 0; kh < c.kernel[1]; ++kh)
        for (std::int64_t lane = 0; lane < lanes(); ++lane) {
          const std::int64_t n = (phase * lanes() + lane) % c.out_channels;
          const std::int64_t channel = k % c.in_channels, kw = k / c.in_channels;
          dweight[((n * c.in_channels + channel) * c.kernel[1] + kh) * c.kernel[2] + kw] +=
              *copies++;
        }
}

void grad_weight_few(const Conv& c, const float* x, const float* dy, float* dweight,
                     std::byte* scratch, ThreadPool& pool) {
  const Spread s = spread_of(c);
  const SpreadSlots slots = spread_slots(c, s);
  auto* copies = reinterpret_cast<float*>(scratch);
  auto* shifts = reinterpret_cast<std::int64_t*>(copies + slots.slots * slots.floats);
  fill_shifts(c, s, shifts);
  const std::int64_t tasks = c.batch * slots.blocks, row = c.out[2] * c.out_channels;
  pool.run(slots.slots, [&](std::int64_t slot, int worker) {
    float* panel = reinterpret_cast<float*>(pool.scratch(worker));
    float* sums = copies + slot * slots.floats;
    std::fill_n(sums, slots.floats, 0.0f);
    for (std::int64_t task = cut(tasks, slots.slots, slot);
         task < cut(tasks, slots.slots, slot + 1); ++task) {
      const std::int64_t image = task / slots.blocks, first = task % slots.blocks * slots.block;
      const std::int64_t rows = std::min(slots.block, c.out[1] - first);
      spread_block_of_x(c, s, x, image, first, rows, panel);
      sum_block(c, s, shifts, panel, dy + (image * c.out[1] + first) * row, rows, sums);
    }
  });
  gather_spread(c, s, slots, copies, dweight);
}

std::size_t spread_sums_bytes(const Conv& c) {
  const SpreadSlots slots = spread_slots(c, spread_of(c));
  return std::size_t(slots.slots * slots.floats) * sizeof(float) +
         std::size_t(c.kernel[2] * c.in_channels) * sizeof(std::int64_t);
}

// Loads limit it more than the forward pass.
std::string refuse_grad_weight_few(const Conv& c) { return refuse_spread(c, 0.5); }

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(grad_weight_few);
HWY_EXPORT(spread_sums_bytes);
HWY_EXPORT(refuse_grad_weight_few);

namespace {

std::string refuse(const Problem& problem) {
  const auto& c = std::get<Conv>(problem);
  if (std::string carried = refuse_carried(c); !carried.empty()) return carried;
  return HWY_DYNAMIC_DISPATCH(refuse_grad_weight_few)(c);
}

std::size_t scratch_bytes(const Problem& problem) {
  return HWY_DYNAMIC_DISPATCH(spread_sums_bytes)(std::get<Conv>(problem));
}

void run(const Problem& problem, const Args& args) noexcept {
  HWY_DYNAMIC_DISPATCH(grad_weight_few)
  (std::get<Conv>(problem), args.in<float>(0), args.in<float>(1), args.out<float>(0), args.scratch,
   args.pool);
}

}  // namespace

constinit const Kernel kConvGradWeightFew = {.family = "conv_grad_weight",
                                             .name = "few",
                                             .refuse = refuse,
                                             .scratch_bytes = scratch_bytes,
                                             .run = run};

}  // namespace noyau::kernels
#endif
