#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/loss/loss.hpp"

namespace noyau::kernels {
namespace {

using Reduction = CrossEntropy::Reduction;

// The numbers that one element's loss is made of.
template <class T>
class Terms {
 public:
  Terms(const Loss& problem, const Args& args) : p_(problem), args_(args) {}

  double loss(std::int64_t i) const {
    if (p_.kind == Loss::Kind::squared_error) return (x(i) - target(i)) * (x(i) - target(i));
    const double minus_log = std::log1p(std::exp(-std::abs(x(i)))) + std::max(-x(i), 0.0);
    return weight(i) * ((1 - target(i)) * x(i) + positive(i) * minus_log);
  }

  double slope(std::int64_t i) const {
    if (p_.kind == Loss::Kind::squared_error) return 2 * (x(i) - target(i));
    const double e = std::exp(-std::abs(x(i)));
    return weight(i) * (1 - target(i) - positive(i) * (x(i) < 0 ? 1 : e) / (1 + e));
  }

 private:
  double x(std::int64_t i) const { return double(args_.in<T>(0)[i]); }
  double target(std::int64_t i) const { return double(args_.in<T>(1)[i]); }
  double positive(std::int64_t i) const {
    return p_.positive_weight ? 1 + (double(args_.in<T>(2)[i % p_.channels]) - 1) * target(i) : 1;
  }
  double weight(std::int64_t i) const {
    if (p_.weight == Loss::Weight::none) return 1;
    return double(args_.in<T>(3)[p_.weight == Loss::Weight::per_channel ? i % p_.channels : i]);
  }

  const Loss& p_;
  const Args& args_;
};

}  // namespace

void loss_reference(const Problem& problem, const Args& args) noexcept {
  const Loss& p = std::get<Loss>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const Terms<T> terms(p, args);
    double sum = 0;
    for (std::int64_t i = 0; i < p.count; ++i) {
      const double loss = terms.loss(i);
      if (p.reduction == Reduction::none) args.out<T>(0)[i] = T(loss);
      sum += loss;
    }
    if (p.reduction != Reduction::none) args.out<T>(0)[0] = T(sum / divisor(p));
  });
}

void loss_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Loss& p = std::get<Loss>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const Terms<T> terms(p, args);
    const T* dloss = args.in<T>(args.inputs.size() - 1);
    for (std::int64_t i = 0; i < p.count; ++i) {
      const double d = double(dloss[p.reduction == Reduction::none ? i : 0]);
      args.out<T>(0)[i] = T(d * terms.slope(i) / divisor(p));
    }
  });
}

}  // namespace noyau::kernels
