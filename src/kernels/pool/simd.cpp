#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <cstring>
#include <limits>

#include "kernels/pool/lines.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/pool/narrow-inl.hpp"
#include "kernels/pool/walk-inl.hpp"

// A pixel at a time, with vectors across channels. Gradients gather: each input pixel asks the
// windows that read it, so no two tasks write the same place.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// Indices of up to one vector of channels, widened to i32.
HWY_INLINE VecI load_indices(const std::uint8_t* p, std::int64_t n) {
  const U8 d;
  if (n >= kLanes) return hn::PromoteTo(I32(), hn::LoadU(d, p));
  HWY_ALIGN std::uint8_t buffer[HWY_MAX_BYTES] = {};
  std::memcpy(buffer, p, std::size_t(n));
  return hn::PromoteTo(I32(), hn::LoadU(d, buffer));
}

HWY_INLINE VecI load_indices(const std::int32_t* p, std::int64_t n) {
  return hn::BitCast(I32(), load_n(reinterpret_cast<const float*>(p), n));
}

HWY_INLINE void store_indices(VecI v, std::uint8_t* p, std::int64_t n) {
  const U8 d;
  if (n >= kLanes) return hn::StoreU(hn::DemoteTo(d, v), d, p);
  HWY_ALIGN std::uint8_t buffer[HWY_MAX_BYTES];
  hn::StoreU(hn::DemoteTo(d, v), d, buffer);
  std::memcpy(p, buffer, std::size_t(n));
}

HWY_INLINE void store_indices(VecI v, std::int32_t* p, std::int64_t n) {
  store_n(hn::BitCast(F32(), v), reinterpret_cast<float*>(p), n);
}

template <class Index>
struct MaxPool {
  const float* x;
  float* y;
  Index* indices;  // or null

  template <int kVectors>
  HWY_INLINE void visit(const Site& site, std::int64_t to, Block block) const {
    VecF best[kVectors];
    VecI index[kVectors];
    const VecI first = hn::Set(I32(), site.empty() ? 0 : std::int32_t(site.tap()));
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      best[v] = hn::Set(F32(), -std::numeric_limits<float>::infinity());
      index[v] = first;
    }
    site.each([&](std::int64_t at, std::int64_t tap) {
      const float* from = x + at + block.channel;
      const VecI number = hn::Set(I32(), std::int32_t(tap));
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        const VecF value = load_n(from + v * kLanes, block.n);
        // As in PyTorch: nothing compares greater than a NaN, so one that was found stays.
        const auto take = hn::Or(hn::Gt(value, best[v]), hn::IsNaN(value));
        best[v] = hn::IfThenElse(take, value, best[v]);
        index[v] = hn::IfThenElse(hn::RebindMask(I32(), take), number, index[v]);
      }
    });
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t offset = to + block.channel + v * kLanes;
      store_n(best[v], y + offset, block.n);
      if (indices) store_indices(index[v], indices + offset, block.n);
    }
  }
};

template <class Index>
struct MaxPoolGrad {
  const float* dy;
  const Index* indices;
  float* dx;

  template <int kVectors>
  HWY_INLINE void visit(const Site& site, std::int64_t to, Block block) const {
    VecF sum[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(F32());
    site.each([&](std::int64_t at, std::int64_t tap) {
      const std::int64_t from = at + block.channel;
      const VecI number = hn::Set(I32(), std::int32_t(tap));
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        const auto chosen = hn::Eq(load_indices(indices + from + v * kLanes, block.n), number);
        const VecF part = load_n(dy + from + v * kLanes, block.n);
        sum[v] = hn::Add(sum[v], hn::IfThenElseZero(hn::RebindMask(F32(), chosen), part));
      }
    });
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      store_n(sum[v], dx + to + block.channel + v * kLanes, block.n);
    }
  }

  void begin_row(std::int64_t, std::int64_t) {}
  void place(std::int64_t) {}

  template <int kVectors>
  HWY_INLINE void spread(std::int64_t from, std::int64_t to, std::int64_t tap, const Pool& p,
                         std::int64_t n) const {
    VecF part[kVectors];
    VecI index[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      part[v] = load_n(dy + from + v * kLanes, n);
      index[v] = load_indices(indices + from + v * kLanes, n);
    }
    for (std::int64_t k = 0; k < p.kernel[2]; ++k) {
      const VecI number = hn::Set(I32(), std::int32_t(tap + k));
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        const auto chosen = hn::RebindMask(F32(), hn::Eq(index[v], number));
        store_n(hn::IfThenElseZero(chosen, part[v]), dx + to + k * p.channels + v * kLanes, n);
      }
    }
  }
};

struct AvgPool {
  const float* x;
  float* y;
  const float* divisors[3];  // one factor for each output position of an axis

  template <int kVectors>
  HWY_INLINE void visit(const Site& site, std::int64_t to, Block block) const {
    VecF sum[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(F32());
    site.each([&](std::int64_t at, std::int64_t) {
      const float* from = x + at + block.channel;
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        sum[v] = hn::Add(sum[v], load_n(from + v * kLanes, block.n));
      }
    });
    const Place& o = site.place;
    const VecF divisor = hn::Set(F32(), divisors[0][o.d] * divisors[1][o.h] * divisors[2][o.w]);
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      store_n(hn::Div(sum[v], divisor), y + to + block.channel + v * kLanes, block.n);
    }
  }
};

struct AvgPoolGrad {
  const float* dy;
  float* dx;
  const float* shares[3];  // one factor for each output position of an axis
  float row_share = 1, share = 1;

  template <int kVectors>
  HWY_INLINE void visit(const Site& site, std::int64_t to, Block block) const {
    VecF sum[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(F32());
    for (std::int64_t i = 0; i < site.d.count; ++i) {
      for (std::int64_t j = 0; j < site.h.count; ++j) {
        const float plane_share =
            shares[0][site.d.first + i * site.d.step] * shares[1][site.h.first + j * site.h.step];
        const float* from = dy + site.first + i * site.d_step + j * site.h_step + block.channel;
        for (std::int64_t k = 0; k < site.w.count; ++k, from += site.w_step) {
          const VecF weight =
              hn::Set(F32(), plane_share * shares[2][site.w.first + k * site.w.step]);
          HWY_UNROLL(4)
          for (int v = 0; v < kVectors; ++v) {
            sum[v] = hn::MulAdd(weight, load_n(from + v * kLanes, block.n), sum[v]);
          }
        }
      }
    }
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      store_n(sum[v], dx + to + block.channel + v * kLanes, block.n);
    }
  }

  void begin_row(std::int64_t d, std::int64_t h) { row_share = shares[0][d] * shares[1][h]; }
  void place(std::int64_t w) { share = row_share * shares[2][w]; }

  template <int kVectors>
  HWY_INLINE void spread(std::int64_t from, std::int64_t to, std::int64_t, const Pool& p,
                         std::int64_t n) const {
    VecF part[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      part[v] = hn::Mul(load_n(dy + from + v * kLanes, n), hn::Set(F32(), share));
    }
    for (std::int64_t k = 0; k < p.kernel[2]; ++k) {
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        store_n(part[v], dx + to + k * p.channels + v * kLanes, n);
      }
    }
  }
};

template <class Index, int kKernel>
struct NarrowMaxPool {
  const float* x;
  float* y;
  Index* indices;  // or null
  std::int64_t channels, row;

  HWY_INLINE void visit(std::int64_t from, std::int64_t to, std::int64_t n) const {
    VecF best = load_n(x + from, n);
    VecI index = hn::Zero(I32());
    HWY_UNROLL(9)
    for (int i = 1; i < kKernel * kKernel; ++i) {
      const VecF value = load_n(x + from + i / kKernel * row + i % kKernel * channels, n);
      const auto take = hn::Or(hn::Gt(value, best), hn::IsNaN(value));
      best = hn::IfThenElse(take, value, best);
      index = hn::IfThenElse(hn::RebindMask(I32(), take), hn::Set(I32(), i), index);
    }
    store_n(best, y + to, n);
    if (indices) store_indices(index, indices + to, n);
  }
};

struct NarrowMaxPoolGrad {
  const float* dy;
  const std::uint8_t* indices;
  float* dx;
  const NarrowLanes& lanes;
  std::int64_t kernel_h, kernel_w, row;

  HWY_INLINE void visit(std::int64_t from, std::int64_t to, std::int64_t, std::int64_t,
                        std::int64_t n, std::int64_t window) const {
    const auto channel = hn::SetTableIndices(F32(), lanes.channel);
    const VecF part = hn::TableLookupLanes(load_n(dy + from, n), channel);
    const VecF chosen =
        hn::TableLookupLanes(hn::BitCast(F32(), load_indices(indices + from, n)), channel);
    VecI tap = hn::Load(I32(), lanes.tap);
    for (std::int64_t k = 0; k < kernel_h; ++k) {
      const auto take = hn::RebindMask(F32(), hn::Eq(hn::BitCast(I32(), chosen), tap));
      store_n(hn::IfThenElseZero(take, part), dx + to + k * row, window);
      tap = hn::Add(tap, hn::Set(I32(), std::int32_t(kernel_w)));
    }
  }
};

struct NarrowAvgPoolGrad {
  const float* dy;
  float* dx;
  const NarrowLanes& lanes;
  std::int64_t kernel_h, row;
  const float* shares[3];

  HWY_INLINE void visit(std::int64_t from, std::int64_t to, std::int64_t h, std::int64_t w,
                        std::int64_t n, std::int64_t window) const {
    const VecF share = hn::Set(F32(), shares[0][0] * shares[1][h] * shares[2][w]);
    const VecF part = hn::TableLookupLanes(hn::Mul(load_n(dy + from, n), share),
                                           hn::SetTableIndices(F32(), lanes.channel));
    for (std::int64_t k = 0; k < kernel_h; ++k) store_n(part, dx + to + k * row, window);
  }
};

// Adaptive windows are uneven, so that taps do not follow a rule: a vector at a time.
void adaptive_max_grad(const Pool& p, const Args& args) {
  const float* dy = args.in<float>(0);
  const auto* indices = args.in<std::int32_t>(1);
  const std::int64_t pixels = p.batch * volume(p.in), grain = grain_for(p.channels * 4);
  for_chunks(args.pool, pixels, grain, [&](std::int64_t pixel, std::int64_t end) {
    for (; pixel < end; ++pixel) {
      for (std::int64_t c = 0; c < p.channels; c += kLanes) {
        const std::int64_t n = p.channels - c;
        VecF sum = hn::Zero(F32());
        for_adaptive_windows(p, place_of(p.in, pixel), [&](std::int64_t tap, const Place& o) {
          const std::int64_t from = pixel_of(p.out, o.n, o.d, o.h, o.w) * p.channels + c;
          const auto chosen =
              hn::Eq(load_indices(indices + from, n), hn::Set(I32(), std::int32_t(tap)));
          const VecF part = load_n(dy + from, n);
          sum = hn::Add(sum, hn::IfThenElseZero(hn::RebindMask(F32(), chosen), part));
        });
        store_n(sum, args.out<float>(0) + pixel * p.channels + c, n);
      }
    }
  });
}

Line* lines_in(const Args& args) { return reinterpret_cast<Line*>(args.scratch); }

template <class Index>
void max_pixels(const Pool& p, const Args& args) {
  const MaxPool<Index> op{args.in<float>(0), args.out<float>(0), output_or_null<Index>(args, 1)};
  visit_pixels(p, p.out, p.in, lines_in(args), args.pool, op);
}

template <int kKernel>
void max_narrow(const Pool& p, const Args& args) {
  using Index = std::uint8_t;
  const NarrowMaxPool<Index, kKernel> op{args.in<float>(0), args.out<float>(0),
                                         output_or_null<Index>(args, 1), p.channels,
                                         p.in[2] * p.channels};
  visit_narrow(p, args.pool, op);
}

void max_pool_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  if (narrow_pixels(p, 2)) return max_narrow<2>(p, args);
  if (narrow_pixels(p, 3)) return max_narrow<3>(p, args);
  fill_lines(p, p.out, inputs_of, lines_in(args));
  small_indices(p) ? max_pixels<std::uint8_t>(p, args) : max_pixels<std::int32_t>(p, args);
}

template <class Index>
void max_pixels_grad(const Pool& p, const Args& args) {
  const MaxPoolGrad<Index> op{args.in<float>(0), args.in<Index>(1), args.out<float>(0)};
  if (windows_tile(p)) return spread_pixels(p, lines_in(args), args.pool, op, op.dx);
  visit_pixels(p, p.in, p.out, lines_in(args), args.pool, op);
}

void max_pool_grad_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  if (p.adaptive) return adaptive_max_grad(p, args);
  if (narrow_windows(p) && small_indices(p)) {
    const NarrowLanes lanes(p);
    const NarrowMaxPoolGrad op{
        args.in<float>(0), args.in<std::uint8_t>(1), args.out<float>(0), lanes, p.kernel[1],
        p.kernel[2],       p.in[2] * p.channels};
    return spread_narrow(p, args.pool, op, op.dx);
  }
  fill_lines(p, p.in, outputs_of, lines_in(args));
  small_indices(p) ? max_pixels_grad<std::uint8_t>(p, args)
                   : max_pixels_grad<std::int32_t>(p, args);
}

void avg_pool_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  fill_lines(p, p.out, inputs_of, lines_in(args));
  auto* divisors = reinterpret_cast<float*>(lines_in(args) + positions(p.out));
  fill_divisors(p, divisors);
  const float *h = divisors + p.out[0], *w = h + p.out[1];
  const AvgPool op{args.in<float>(0), args.out<float>(0), {divisors, h, w}};
  visit_pixels(p, p.out, p.in, lines_in(args), args.pool, op);
}

void avg_pool_grad_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  fill_lines(p, p.in, outputs_of, lines_in(args));
  auto* shares = reinterpret_cast<float*>(lines_in(args) + positions(p.in));
  fill_divisors(p, shares);
  for (std::int64_t i = 0; i < positions(p.out); ++i) shares[i] = 1.0f / shares[i];
  const float *h = shares + p.out[0], *w = h + p.out[1];
  const AvgPoolGrad op{args.in<float>(0), args.out<float>(0), {shares, h, w}};
  if (narrow_windows(p)) {
    const NarrowLanes lanes(p);
    const NarrowAvgPoolGrad narrow{op.dy,         op.dx, lanes, p.kernel[1], p.in[2] * p.channels,
                                   {shares, h, w}};
    return spread_narrow(p, args.pool, narrow, op.dx);
  }
  if (windows_tile(p)) return spread_pixels(p, lines_in(args), args.pool, op, op.dx);
  visit_pixels(p, p.in, p.out, lines_in(args), args.pool, op);
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

#define NOYAU_DISPATCH(name)                                            \
  HWY_EXPORT(name##_f32);                                               \
  void name##_simd(const Problem& problem, const Args& args) noexcept { \
    HWY_DYNAMIC_DISPATCH(name##_f32)(problem, args);                    \
  }

NOYAU_DISPATCH(max_pool)
NOYAU_DISPATCH(max_pool_grad)
NOYAU_DISPATCH(avg_pool)
NOYAU_DISPATCH(avg_pool_grad)

#undef NOYAU_DISPATCH

std::size_t pool_scratch(const Problem& problem) {
  const Pool& p = std::get<Pool>(problem);
  return std::size_t(std::max(positions(p.in), positions(p.out))) * sizeof(Line) +
         std::size_t(positions(p.out)) * sizeof(float);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
