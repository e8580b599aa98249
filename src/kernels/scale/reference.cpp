#include "kernels/chunks.hpp"
#include "kernels/scale/scale.hpp"

namespace noyau::kernels {

void scale_reference(const Problem& problem, const Args& args) noexcept {
  const Scale& p = std::get<Scale>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T* x = args.in<T>(0);
    const T* gate = p.gated && input_or_null<T>(args, 2) ? args.in<T>(2) : x;
    for (std::int64_t i = 0; i < p.outer * p.middle * p.inner; ++i) {
      const std::int64_t f = i / (p.middle * p.inner) * p.inner + i % p.inner;
      T y = p.gated && gate[i] > 0 ? x[i] : x[i] * args.in<T>(1)[f];
      if (p.residual) y += args.in<T>(2)[i];
      if (p.spread) y += args.in<T>(3)[f] / T(p.middle);
      args.out<T>(0)[i] = p.activation == Activation::relu && y < 0 ? T(0) : y;
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

void scale_relu_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Scale& p = std::get<Scale>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.outer * p.middle * p.inner; ++i)
      args.out<T>(0)[i] = args.in<T>(2)[i] > 0 ? args.in<T>(0)[i] : T(0);
  });
  const void* inputs[] = {args.outputs[0], args.inputs[1]};
  scale_grad_reference(problem,
                       {.inputs = inputs, .outputs = args.outputs.subspan(1), .pool = args.pool});
}

}  // namespace noyau::kernels
