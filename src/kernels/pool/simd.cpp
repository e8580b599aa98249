#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <cstring>
#include <limits>

#include "kernels/pool/taps.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"

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

// Calls body(place, pixel) for all pixels of a batch of volumes, some pixels a task.
template <class Body>
void for_pixels(const Pool& p, const Dims& extents, ThreadPool& pool, const Body& body) {
  const std::int64_t grain = grain_for(p.channels * 4);
  for_chunks(pool, p.batch * volume(extents), grain, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) body(place_of(extents, i), i);
  });
}

template <class Index>
void max_pixels(const Pool& p, const Args& args) {
  const F32 d;
  const float* x = args.in<float>(0);
  Index* indices = output_or_null<Index>(args, 1);
  for_pixels(p, p.out, args.pool, [&](const Place& o, std::int64_t pixel) {
    for (std::int64_t c = 0; c < p.channels; c += kLanes) {
      const std::int64_t n = p.channels - c, to = pixel * p.channels + c;
      VecF best = hn::Set(d, -std::numeric_limits<float>::infinity());
      VecI index = hn::Zero(I32());
      bool first = true;
      for_taps(p, o, [&](std::int64_t tap, std::int64_t from) {
        const VecF v = load_n(x + from * p.channels + c, n);
        const VecI number = hn::Set(I32(), std::int32_t(tap));
        // As in PyTorch: nothing compares greater than a NaN, so one that was found stays.
        const auto take = hn::Or(hn::Gt(v, best), hn::IsNaN(v));
        best = first ? v : hn::IfThenElse(take, v, best);
        index = first ? number : hn::IfThenElse(hn::RebindMask(I32(), take), number, index);
        first = false;
      });
      store_n(best, args.out<float>(0) + to, n);
      if (indices) store_indices(index, indices + to, n);
    }
  });
}

template <class Index>
void max_pixels_grad(const Pool& p, const Args& args) {
  const float* dy = args.in<float>(0);
  const Index* indices = args.in<Index>(1);
  for_pixels(p, p.in, args.pool, [&](const Place& x, std::int64_t pixel) {
    for (std::int64_t c = 0; c < p.channels; c += kLanes) {
      const std::int64_t n = p.channels - c;
      VecF sum = hn::Zero(F32());
      for_windows(p, x, [&](std::int64_t tap, const Place& o) {
        const std::int64_t from = pixel_of(p.out, o.n, o.d, o.h, o.w) * p.channels + c;
        const VecI number = hn::Set(I32(), std::int32_t(tap));
        const auto chosen = hn::Eq(load_indices(indices + from, n), number);
        sum = hn::Add(sum, hn::IfThenElseZero(hn::RebindMask(F32(), chosen), load_n(dy + from, n)));
      });
      store_n(sum, args.out<float>(0) + pixel * p.channels + c, n);
    }
  });
}

void max_pool_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  small_indices(p) ? max_pixels<std::uint8_t>(p, args) : max_pixels<std::int32_t>(p, args);
}

void max_pool_grad_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  small_indices(p) ? max_pixels_grad<std::uint8_t>(p, args)
                   : max_pixels_grad<std::int32_t>(p, args);
}

void avg_pool_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  const float* x = args.in<float>(0);
  for_pixels(p, p.out, args.pool, [&](const Place& o, std::int64_t pixel) {
    const VecF divisor = hn::Set(F32(), float(pool_divisor(p, o.d, o.h, o.w)));
    for (std::int64_t c = 0; c < p.channels; c += kLanes) {
      const std::int64_t n = p.channels - c;
      VecF sum = hn::Zero(F32());
      for_taps(p, o, [&](std::int64_t, std::int64_t from) {
        sum = hn::Add(sum, load_n(x + from * p.channels + c, n));
      });
      store_n(hn::Div(sum, divisor), args.out<float>(0) + pixel * p.channels + c, n);
    }
  });
}

void avg_pool_grad_f32(const Problem& problem, const Args& args) {
  const Pool& p = std::get<Pool>(problem);
  const float* dy = args.in<float>(0);
  for_pixels(p, p.in, args.pool, [&](const Place& x, std::int64_t pixel) {
    for (std::int64_t c = 0; c < p.channels; c += kLanes) {
      const std::int64_t n = p.channels - c;
      VecF sum = hn::Zero(F32());
      for_windows(p, x, [&](std::int64_t, const Place& o) {
        const VecF divisor = hn::Set(F32(), float(pool_divisor(p, o.d, o.h, o.w)));
        const std::int64_t from = pixel_of(p.out, o.n, o.d, o.h, o.w);
        sum = hn::Add(sum, hn::Div(load_n(dy + from * p.channels + c, n), divisor));
      });
      store_n(sum, args.out<float>(0) + pixel * p.channels + c, n);
    }
  });
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

}  // namespace noyau::kernels
#endif  // HWY_ONCE
