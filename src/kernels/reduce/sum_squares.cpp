#include "kernels/reduce/sum_squares.hpp"

#include "kernels/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/sum_squares.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

double sum_squares_f32(const float* x, std::size_t count) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  std::size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < 4; ++v) {
      const auto wide = hn::PromoteTo(d, hn::LoadU(narrow, x + i + v * lanes));
      sum[v] = hn::MulAdd(wide, wide, sum[v]);
    }
  }
  double total =
      hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]))));
  for (; i < count; ++i) total += double(x[i]) * double(x[i]);
  return total;
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

HWY_EXPORT(sum_squares_f32);

double sum_squares(std::span<const float> x) noexcept {
  return HWY_DYNAMIC_DISPATCH(sum_squares_f32)(x.data(), x.size());
}

double sum_squares_reference(std::span<const float> x) noexcept {
  double sum = 0;
  for (const float v : x) sum += double(v) * double(v);
  return sum;
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
