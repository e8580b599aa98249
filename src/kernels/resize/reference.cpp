#include "kernels/resize/taps.hpp"

namespace noyau::kernels {

void resize_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<Resize>(problem);
  const Taps taps(p, args.scratch);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.batch * volume(p.out) * p.channels; ++i) {
      double sum = 0;
      for_inputs(taps, p.in, place_of(p.out, i / p.channels), [&](auto pixel, double weight) {
        sum += weight * double(args.in<T>(0)[pixel * p.channels + i % p.channels]);
      });
      args.out<T>(0)[i] = T(sum);
    }
  });
}

void resize_grad_reference(const Problem& problem, const Args& args) noexcept {
  const auto& p = std::get<Resize>(problem);
  const Taps taps(p, args.scratch);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.batch * volume(p.in) * p.channels; ++i) {
      double sum = 0;
      for_outputs(taps, p.out, place_of(p.in, i / p.channels), [&](auto pixel, double weight) {
        sum += weight * double(args.in<T>(0)[pixel * p.channels + i % p.channels]);
      });
      args.out<T>(0)[i] = T(sum);
    }
  });
}

}  // namespace noyau::kernels
