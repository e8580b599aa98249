#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/chunks.hpp"
#include "kernels/softmax/softmax.hpp"

namespace noyau::kernels {

/// The targets of a cross-entropy: the loss of a row is the sum over c of `loss`, which is
/// q(row, c) * (1 - p[c])^gamma * -log p[c].
template <class T>
class Targets {
 public:
  Targets(const CrossEntropy& problem, const Args& args)
      : p_(problem),
        soft_(problem.soft_targets ? args.in<T>(1) : nullptr),
        hard_(problem.soft_targets ? nullptr : args.in<std::int32_t>(1)),
        weight_(input_or_null<T>(args, 2)) {}

  bool ignored(std::int64_t row) const { return hard_ && hard_[row] == p_.ignore_index; }
  /// The only class with a share, or -1 when there may be several (or the target is no class).
  std::int64_t only_class(std::int64_t row) const {
    if (!hard_ || p_.label_smoothing != 0 || !is_class(row)) return -1;
    return hard_[row];
  }

  double q(std::int64_t row, std::int64_t c) const {
    if (ignored(row)) return 0;
    const double even = p_.label_smoothing / double(p_.classes), rest = 1 - p_.label_smoothing;
    if (soft_) return weight(c) * (double(soft_[row * p_.classes + c]) * rest + even);
    if (!is_class(row)) return std::numeric_limits<double>::quiet_NaN();
    return weight(c) * (even + (c == hard_[row] ? rest : 0));
  }

  /// The part of class c in the loss of its row.
  double loss(std::int64_t row, std::int64_t c, double log_p) const {
    const double share = q(row, c);
    if (share == 0) return 0;
    return -share * log_p * (p_.gamma == 0 ? 1 : std::pow(rest(log_p), p_.gamma));
  }
  /// The slope of `-loss` along log_p. The gradient of logit c is p[c] * sum of all pulls -
  /// pull(c).
  double pull(std::int64_t row, std::int64_t c, double log_p) const {
    const double share = q(row, c);
    if (share == 0 || p_.gamma == 0) return share;
    const double left = rest(log_p);
    const double ratio = left > 0 ? log_p / left : -1;  // where p is 1, its limit
    return share * std::pow(left, p_.gamma) * (1 - p_.gamma * std::exp(log_p) * ratio);
  }

  /// What the sum of all losses is divided by.
  double divisor() const {
    if (p_.reduction != CrossEntropy::Reduction::mean) return 1;
    if (soft_) return double(p_.rows);
    double sum = 0;
    for (std::int64_t row = 0; row < p_.rows; ++row) {
      if (!ignored(row) && is_class(row)) sum += weight(hard_[row]);
    }
    return sum;
  }

 private:
  // 1 - p. A logarithm of a sum that was rounded may let p be a little above 1.
  static double rest(double log_p) { return std::max(0.0, -std::expm1(log_p)); }
  double weight(std::int64_t c) const { return weight_ ? double(weight_[c]) : 1; }
  bool is_class(std::int64_t row) const { return hard_[row] >= 0 && hard_[row] < p_.classes; }

  const CrossEntropy& p_;
  const T* soft_;
  const std::int32_t* hard_;
  const T* weight_;
};

/// The cotangent of a row's loss before the division by `Targets::divisor`.
template <class T>
double cotangent_of(const CrossEntropy& p, const Args& args, std::int64_t row) {
  return double(args.in<T>(3)[p.reduction == CrossEntropy::Reduction::none ? row : 0]);
}

}  // namespace noyau::kernels
