#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <algorithm>
#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/norm/carried.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm/carried.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

constexpr std::int64_t kChannels = 16;  // summed together

// Calls body(channel, sum0, sum1) with the sums over all pieces, in their order.
template <class Body>
void for_sums(const float* sums, std::int64_t pieces, std::int64_t channels, ThreadPool& pool,
              const Body& body) {
  for_chunks(pool, channels, kChannels, [&](std::int64_t begin, std::int64_t end) {
    double sum0[kChannels], sum1[kChannels];
    for (; begin < end; begin += kChannels) {
      const std::int64_t n = std::min(kChannels, end - begin);
      std::fill_n(sum0, kChannels, 0.0);
      std::fill_n(sum1, kChannels, 0.0);
      for (std::int64_t piece = 0; piece < pieces; ++piece) {
        const float* from = sums + piece * 2 * channels + begin;
        if (n == kChannels) {
          for (std::int64_t i = 0; i < kChannels; ++i) sum0[i] += double(from[i]);
          for (std::int64_t i = 0; i < kChannels; ++i) sum1[i] += double(from[channels + i]);
        } else {
          for (std::int64_t i = 0; i < n; ++i) sum0[i] += double(from[i]);
          for (std::int64_t i = 0; i < n; ++i) sum1[i] += double(from[channels + i]);
        }
      }
      for (std::int64_t i = 0; i < n; ++i) body(begin + i, sum0[i], sum1[i]);
    }
  });
}

void statistics_of(const Conv& c, const Args& args, const float* sums, std::int64_t pieces) {
  const double rows = double(c.batch * volume(c.out));
  const float* weight = input_or_null<float>(args, kNormWeight);
  float* running_mean = const_cast<float*>(args.in<float>(kRunningMean));
  float* running_var = const_cast<float*>(args.in<float>(kRunningVar));
  float *mean_out = output_or_null<float>(args, kOutMean),
        *inv_std_out = output_or_null<float>(args, kOutInvStd),
        *scale_out = output_or_null<float>(args, kOutScale);
  for_sums(sums, pieces, c.out_channels, args.pool, [&](std::int64_t i, double sum, double square) {
    const double shift = double(running_mean[i]), from_shift = sum / rows;
    const double mean = shift + from_shift;
    const double variance = std::max(0.0, square / rows - from_shift * from_shift);
    const double unbiased = rows > 1 ? variance * rows / (rows - 1) : variance;
    const auto inverse = float(1 / std::sqrt(variance + c.eps));  // as gradients will read it
    running_mean[i] = float((1 - c.momentum) * shift + c.momentum * mean);
    running_var[i] = float((1 - c.momentum) * double(running_var[i]) + c.momentum * unbiased);
    if (mean_out) mean_out[i] = float(mean);
    if (inv_std_out) inv_std_out[i] = inverse;
    if (scale_out) scale_out[i] = float(double(inverse) * (weight ? double(weight[i]) : 1));
  });
}

void norm_grad_of(const Conv& c, const Args& args, const float* sums, std::int64_t pieces) {
  const float* inv_std = args.in<float>(kNormInvStd);
  float *dweight = output_or_null<float>(args, kNormWeightGrad),
        *dbias = output_or_null<float>(args, kNormBiasGrad);
  for_sums(sums, pieces, c.in_channels, args.pool, [&](std::int64_t i, double sum, double dot) {
    if (dweight) dweight[i] = float(dot * double(inv_std[i]));
    if (dbias) dbias[i] = float(sum);
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(statistics_of);
HWY_EXPORT(norm_grad_of);

void finish_statistics(const Conv& conv, const Args& args, const float* sums, std::int64_t pieces) {
  HWY_DYNAMIC_DISPATCH(statistics_of)(conv, args, sums, pieces);
}

void finish_norm_grad(const Conv& conv, const Args& args, const float* sums, std::int64_t pieces) {
  HWY_DYNAMIC_DISPATCH(norm_grad_of)(conv, args, sums, pieces);
}

std::string refuse_carried(const Conv& conv) {
  if (conv.normalised) return "takes x as it lies in memory";
  if (conv.statistics) return "makes no statistics of y";
  if (conv.norm_grad) return "takes over no gradient of a norm";
  return refuse_wide(conv);
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
