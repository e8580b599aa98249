#pragma once

#include "kernels/conv/conv.hpp"
#include "kernels/conv/norm_sums.hpp"
#include "kernels/conv/source_norm.hpp"
#include "kernels/conv/sweep.hpp"

namespace noyau::kernels {

/// The variants of the kernels below: the usual; less cutting of columns where there are few tasks;
/// tasks of twice, of half as many pixels; pixels copied that are usually read in place, or the
/// other way round.
enum RowVariant : int { kUsual, kFewTasks, kMorePixels, kFewerPixels, kOtherReading };

/// What a sweep reads and writes; bias and residual may be null.
struct RowOperands {
  const float *src, *packed, *bias, *residual;
  float* dst;
  SourceNorm norm{};  // of src
  NormSums sums{};    // of dst; `first` is where those of all pieces begin
};
inline RowOperands row_operands(const Conv& c, const Args& args) {
  return {args.in<float>(0), args.in<float>(1), c.bias ? args.in<float>(2) : nullptr,
          c.residual ? args.in<float>(kResidual) : nullptr, args.out<float>(0)};
}

/// The blocked kernels of the forward pass and of the gradient of the input.
extern const Kernel kConvRows;
extern const Kernel kConvGradInputRows;

}  // namespace noyau::kernels
