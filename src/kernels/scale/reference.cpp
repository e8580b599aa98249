#include "kernels/chunks.hpp"
#include "kernels/scale/scale.hpp"

namespace noyau::kernels {

void scale_reference(const Problem& problem, const Args& args) noexcept {
  const Scale& p = std::get<Scale>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T* x = args.in<T>(0);
    const T* gate = input_or_null<T>(args, 2) ? args.in<T>(2) : x;
    for (std::int64_t i = 0; i < p.outer * p.middle * p.inner; ++i) {
      const T factor = args.in<T>(1)[i / (p.middle * p.inner) * p.inner + i % p.inner];
      args.out<T>(0)[i] = p.gated && gate[i] > 0 ? x[i] : x[i] * factor;
    }
  });
}

void scale_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Scale& p = std::get<Scale>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T *dy = args.in<T>(0), *x = args.in<T>(1);
    for (std::int64_t o = 0; o < p.outer; ++o) {
      for (std::int64_t c = 0; c < p.inner; ++c) {
        double sum = 0;
        for (std::int64_t m = 0; m < p.middle; ++m) {
          const std::int64_t i = (o * p.middle + m) * p.inner + c;
          if (!(p.gated && x[i] > 0)) sum += double(dy[i]) * double(x[i]);
        }
        args.out<T>(0)[o * p.inner + c] = T(sum);
      }
    }
  });
}

}  // namespace noyau::kernels
