// What happens to Winograd's outputs before they are stored, compiled once per instruction set.

#if defined(NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_
#undef NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_
#else
#define NOYAU_KERNELS_WINOGRAD_FINISH_INL_HPP_
#endif

#include "kernels/conv/conv.hpp"
#include "kernels/conv/tile-inl.hpp"
#include "kernels/conv/winograd/geometry.hpp"
#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels {
namespace HWY_NAMESPACE {

/// Bias and residual are added and the activation follows; bias and residual may be null. Then a
/// norm behind the convolution has the sums of its statistics made (norm/carried.hpp).
struct TileFinish {
  const float *bias, *residual;
  Activation activation;
  bool statistics = false;
  const float* mean = nullptr;
  float* sums = nullptr;  ///< of all pieces; nullptr: none are made
};

inline TileFinish tile_finish(const Conv& c, ConvPass pass, const Args& args, float* sums) {
  TileFinish f{.bias = c.bias ? args.in<float>(2) : nullptr,
               .residual = c.residual ? args.in<float>(kResidual) : nullptr,
               .activation = pass == ConvPass::forward ? c.activation : Activation::none,
               .sums = sums};
  if (pass == ConvPass::forward && c.statistics) {
    f.statistics = true;
    f.mean = args.in<float>(kRunningMean);
  }
  return f;
}

// One of these sees the outputs of a tile for a vector of channels, the first n from channel i on.
// take() gives what to store.
struct NoSums {
  static constexpr bool kSums = false;
  NoSums(const TileFinish&, std::int64_t, std::int64_t) {}
  HWY_INLINE V take(V v) const { return v; }
};

struct StatisticsSums {
  static constexpr bool kSums = true;
  V mean, first = hn::Zero(D()), second = hn::Zero(D());

  StatisticsSums(const TileFinish& f, std::int64_t i, std::int64_t n)
      : mean(load_n(f.mean + i, n)) {}
  HWY_INLINE V take(V v) {
    const V apart = hn::Sub(v, mean);
    first = hn::Add(first, apart);
    second = hn::MulAdd(apart, apart, second);
    return v;
  }
};

/// Calls body.operator()<Sums>() with the sums that are asked for.
template <class Body>
void with_sums(const TileFinish& f, const Body& body) {
  if (f.statistics) return body.template operator()<StatisticsSums>();
  body.template operator()<NoSums>();
}

}  // namespace HWY_NAMESPACE
}  // namespace noyau::kernels
HWY_AFTER_NAMESPACE();

#endif
