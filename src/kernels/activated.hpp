#pragma once

#include "kernels/kernel.hpp"

namespace noyau::kernels {

/// One sum after its activation; a NaN stays a NaN.
template <class T>
T activated(T sum, Activation activation) {
  if (activation == Activation::none) return sum;
  if (sum < 0) return 0;
  return activation == Activation::relu6 && sum > 6 ? T(6) : sum;
}

}  // namespace noyau::kernels
