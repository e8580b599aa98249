#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/optimizer/optimizer.hpp"

namespace noyau::kernels {
namespace {

template <class T>
void step(const Sgd& p, T* weight, const T* gradient, T* velocity) {
  for (std::int64_t i = 0; i < p.count; ++i) {
    const double w = double(weight[i]);
    double g = p.trust * (p.gradient_scale * double(gradient[i]) + p.weight_decay * w);
    if (velocity) {
      const double kept = p.momentum * double(velocity[i]) + (1 - p.dampening) * g;
      const double v = p.first_step ? g : kept;
      velocity[i] = T(v);
      g = p.nesterov ? g + p.momentum * v : v;
    }
    weight[i] = T(w - p.lr * g);
  }
}

template <class T>
void step(const Adam& p, T* weight, const T* gradient, T* first, T* second, T* largest,
          T* direction) {
  for (std::int64_t i = 0; i < p.count; ++i) {
    const double w = double(weight[i]);
    double g = p.gradient_scale * double(gradient[i]);
    if (!p.decoupled) g += p.weight_decay * w;
    const double m = p.beta1 * double(first[i]) + (1 - p.beta1) * g;
    double v = p.beta2 * double(second[i]) + (1 - p.beta2) * g * g;
    first[i] = T(m);
    second[i] = T(v);
    if (largest) {
      v = std::max(v, double(largest[i]));
      largest[i] = T(v);
    }
    double d = m / p.correction1 / (std::sqrt(v) / std::sqrt(p.correction2) + p.eps);
    if (p.decoupled) d += p.weight_decay * w;
    if (direction)
      direction[i] = T(d);
    else
      weight[i] = T(w - p.lr * d);
  }
}

template <class T>
void step(const RmsProp& p, T* weight, const T* gradient, T* square, T* mean, T* velocity) {
  for (std::int64_t i = 0; i < p.count; ++i) {
    const double w = double(weight[i]);
    const double g = p.gradient_scale * double(gradient[i]) + p.weight_decay * w;
    double s = p.alpha * double(square[i]) + (1 - p.alpha) * g * g;
    square[i] = T(s);
    if (mean) {
      const double m = p.alpha * double(mean[i]) + (1 - p.alpha) * g;
      mean[i] = T(m);
      s = std::max(0.0, s - m * m);
    }
    double d = g / (p.tensorflow ? std::sqrt(s + p.eps) : std::sqrt(s) + p.eps);
    if (p.tensorflow) d *= p.lr;
    if (velocity) {
      d += p.momentum * double(velocity[i]);
      velocity[i] = T(d);
    }
    weight[i] = T(w - (p.tensorflow ? d : p.lr * d));
  }
}

template <class T>
void step(const Adagrad& p, T* weight, const T* gradient, T* sum) {
  for (std::int64_t i = 0; i < p.count; ++i) {
    const double w = double(weight[i]);
    const double g = p.gradient_scale * double(gradient[i]) + p.weight_decay * w;
    const double s = double(sum[i]) + g * g;
    sum[i] = T(s);
    weight[i] = T(w - p.lr * g / (std::sqrt(s) + p.eps));
  }
}

}  // namespace

void sgd_reference(const Problem& problem, const Args& args) noexcept {
  const Sgd& p = std::get<Sgd>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    step(p, updated<T>(args, 0), args.in<T>(1), updated<T>(args, 2));
  });
}

void adam_reference(const Problem& problem, const Args& args) noexcept {
  const Adam& p = std::get<Adam>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    step(p, updated<T>(args, 0), args.in<T>(1), updated<T>(args, 2), updated<T>(args, 3),
         updated<T>(args, 4), output_or_null<T>(args, 0));
  });
}

void rmsprop_reference(const Problem& problem, const Args& args) noexcept {
  const RmsProp& p = std::get<RmsProp>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    step(p, updated<T>(args, 0), args.in<T>(1), updated<T>(args, 2), updated<T>(args, 3),
         updated<T>(args, 4));
  });
}

void adagrad_reference(const Problem& problem, const Args& args) noexcept {
  const Adagrad& p = std::get<Adagrad>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    step(p, updated<T>(args, 0), args.in<T>(1), updated<T>(args, 2));
  });
}

}  // namespace noyau::kernels
