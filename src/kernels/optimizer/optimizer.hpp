#pragma once

#include "kernels/kernel.hpp"

/// Updates of weights and of the optimiser's averages, element by element and in place.
///   sgd (weight, gradient, velocity?)
///   adam (weight, gradient, first moment, second moment, largest second moment?) -> direction?
///     with `direction` the weights stay, and it gets what lr is to be multiplied with
///   rmsprop (weight, gradient, mean square, mean?, velocity?); with a mean it is centered
///   adagrad (weight, gradient, sum of squares)
namespace noyau::kernels {

void sgd_reference(const Problem& problem, const Args& args) noexcept;
void adam_reference(const Problem& problem, const Args& args) noexcept;
void rmsprop_reference(const Problem& problem, const Args& args) noexcept;
void adagrad_reference(const Problem& problem, const Args& args) noexcept;

void sgd_simd(const Problem& problem, const Args& args) noexcept;
void adam_simd(const Problem& problem, const Args& args) noexcept;
void rmsprop_simd(const Problem& problem, const Args& args) noexcept;
void adagrad_simd(const Problem& problem, const Args& args) noexcept;

/// Input `i`, which the kernel updates; null when the caller left it out.
template <class T>
T* updated(const Args& args, std::size_t i) {
  return i < args.inputs.size() ? const_cast<T*>(args.in<T>(i)) : nullptr;
}

}  // namespace noyau::kernels
