#include "kernels/simd.hpp"
// The macros above come before Highway.
#include "kernels/resize/taps.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/resize/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"

// A pixel at a time, with vectors across channels. Gradients gather: each input pixel asks the
// outputs that read it, so no two tasks write the same place.

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

// to[pixel of `extents`] = the weighted sum of `from` over what for_sources(place, body) names.
template <class ForSources>
void gather(const Resize& p, const Args& args, const Dims& extents, const ForSources& for_sources) {
  const float* from = args.in<float>(0);
  const auto do_pixel = [&](std::int64_t pixel) {
    const Place place = place_of(extents, pixel);
    for (std::int64_t c = 0; c < p.channels; c += kLanes) {
      const std::int64_t n = p.channels - c;
      VecF sum = hn::Zero(F32());
      for_sources(place, [&](std::int64_t source, double weight) {
        const VecF v = load_n(from + source * p.channels + c, n);
        sum = hn::MulAdd(hn::Set(F32(), float(weight)), v, sum);
      });
      store_n(sum, args.out<float>(0) + pixel * p.channels + c, n);
    }
  };
  const std::int64_t pixels = p.batch * volume(extents);
  for_chunks(args.pool, pixels, grain_for(p.channels * 4), [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) do_pixel(i);
  });
}

void resize_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<Resize>(problem);
  const Taps taps(p, args.scratch);
  gather(p, args, p.out,
         [&](const Place& o, const auto& body) { for_inputs(taps, p.in, o, body); });
}

void resize_grad_f32(const Problem& problem, const Args& args) {
  const auto& p = std::get<Resize>(problem);
  const Taps taps(p, args.scratch);
  gather(p, args, p.in,
         [&](const Place& x, const auto& body) { for_outputs(taps, p.out, x, body); });
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

NOYAU_DISPATCH(resize)
NOYAU_DISPATCH(resize_grad)

#undef NOYAU_DISPATCH

}  // namespace noyau::kernels
#endif  // HWY_ONCE
