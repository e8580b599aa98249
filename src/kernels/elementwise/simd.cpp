#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <cstring>

#include "kernels/chunks.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "kernels/elementwise/mask.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/simd.cpp"
#include "hwy/foreach_target.h"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

void add_f32(const Problem& problem, const Args& args) {
  const float *a = args.in<float>(0), *b = args.in<float>(1);
  float* y = args.out<float>(0);
  for_vectors(args.pool, std::get<Elementwise>(problem).count, [=](std::int64_t i, std::int64_t n) {
    store_n(hn::Add(load_n(a + i, n), load_n(b + i, n)), y + i, n);
  });
}

void mul_f32(const Problem& problem, const Args& args) {
  const float *a = args.in<float>(0), *b = args.in<float>(1);
  float* y = args.out<float>(0);
  for_vectors(args.pool, std::get<Elementwise>(problem).count, [=](std::int64_t i, std::int64_t n) {
    store_n(hn::Mul(load_n(a + i, n), load_n(b + i, n)), y + i, n);
  });
}

// mask_number of eight or sixteen elements at once.
HWY_INLINE VecI mask_numbers(std::uint32_t key, std::int64_t index) {
  const hn::ScalableTag<std::uint32_t> d;
  auto h = hn::Mul(hn::Iota(d, std::uint32_t(index)), hn::Set(d, 0x9E3779B9u));
  h = hn::Xor(h, hn::Set(d, key));
  h = hn::Mul(hn::Xor(h, hn::ShiftRight<16>(h)), hn::Set(d, 0x7FEB352Du));
  h = hn::Mul(hn::Xor(h, hn::ShiftRight<15>(h)), hn::Set(d, 0x846CA68Bu));
  return hn::BitCast(I32(), hn::ShiftRight<8>(hn::Xor(h, hn::ShiftRight<16>(h))));
}

// Whole groups are kept or dropped: the drawing costs nothing beside the copying.
void drop_groups(const Elementwise& p, const Args& args) {
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  const float scale = float(mask_scale(p));
  for_chunks(
      args.pool, p.count / p.group, grain_for(p.group), [&](std::int64_t g, std::int64_t end) {
        for (; g < end; ++g) {
          const std::uint32_t key = mask_key(args, p, g / kMaskBlock);
          const bool kept = mask_number(key, std::uint32_t(g % kMaskBlock)) >= mask_threshold(p);
          const VecF factor = hn::Set(F32(), scale);
          for (std::int64_t i = 0; i < p.group; i += kLanes) {
            const float* from = x + g * p.group + i;
            const VecF v = kept ? hn::Mul(load_n(from, p.group - i), factor) : hn::Zero(F32());
            store_n(v, y + g * p.group + i, p.group - i);
          }
        }
      });
}

void dropout_f32(const Problem& problem, const Args& args) {
  const F32 d;
  const Elementwise& p = std::get<Elementwise>(problem);
  if (p.group > 1) return drop_groups(p, args);
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  const VecF scale = hn::Set(d, float(mask_scale(p)));
  const VecI dropped_below = hn::Set(I32(), mask_threshold(p));
  for_chunks(args.pool, p.count, kMaskBlock, [&](std::int64_t begin, std::int64_t end) {
    const std::uint32_t key = mask_key(args, p, begin / kMaskBlock);
    for (std::int64_t i = begin; i < end; i += kLanes) {
      const auto dropped = hn::Lt(mask_numbers(key, i - begin), dropped_below);
      const VecF v = hn::Mul(load_n(x + i, end - i), scale);
      store_n(hn::IfThenZeroElse(hn::RebindMask(d, dropped), v), y + i, end - i);
    }
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {

#define NOYAU_DISPATCH(name)                                            \
  HWY_EXPORT(name##_f32);                                               \
  void name##_simd(const Problem& problem, const Args& args) noexcept { \
    HWY_DYNAMIC_DISPATCH(name##_f32)(problem, args);                    \
  }

NOYAU_DISPATCH(add)
NOYAU_DISPATCH(mul)
NOYAU_DISPATCH(dropout)

#undef NOYAU_DISPATCH

void copy_simd(const Problem& problem, const Args& args) noexcept {
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  for_chunks(args.pool, std::get<Elementwise>(problem).count, kMaskBlock,
             [=](std::int64_t begin, std::int64_t end) {
               std::memcpy(y + begin, x + begin, std::size_t(end - begin) * sizeof(float));
             });
}

}  // namespace noyau::kernels
#endif  // HWY_ONCE
