// What rides along for batch norms with the pixels that a slide writes (norm/carried.hpp). Compiled
// per instruction set.
#if defined(NOYAU_KERNELS_SLIDE_CARRY_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_SLIDE_CARRY_INL
#undef NOYAU_KERNELS_SLIDE_CARRY_INL
#else
#define NOYAU_KERNELS_SLIDE_CARRY_INL
#endif

#include <limits>

#include "kernels/conv/conv.hpp"
#include "kernels/simd-inl.hpp"
#include "kernels/slide_rows-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

/// What a norm wants of the target, with its numbers per channel; nothing while `sums` is null.
struct Carry {
  float* sums = nullptr;         ///< [piece][2][channel]
  const float* shift = nullptr;  ///< of statistics; the rest is for norm_grad
  const float *x = nullptr, *y = nullptr, *mean = nullptr, *scale = nullptr, *bias = nullptr;
  bool below_six = false;  ///< outputs of six and more are masked, too
};

inline Carry carry_statistics(const Args& args) {
  Carry carry;
  carry.sums = reinterpret_cast<float*>(args.scratch);
  carry.shift = args.in<float>(kRunningMean);
  return carry;
}

inline Carry carry_norm_grad(const Conv& conv, const Args& args) {
  Carry carry;
  carry.sums = reinterpret_cast<float*>(args.scratch);
  carry.x = args.in<float>(kNormX);
  carry.y = input_or_null<float>(args, kNormY);
  carry.mean = args.in<float>(kNormMean);
  carry.scale = input_or_null<float>(args, kNormScale);
  carry.bias = input_or_null<float>(args, kNormShift);
  carry.below_six = conv.norm_activation == Activation::relu6;
  return carry;
}

inline constexpr int kMostTargets = 4;

/// One vector of channels of the rows that a band writes.
struct Column {
  std::int64_t channel;
  std::int64_t counted;  ///< so many of the vector's channels have been walked before
  std::int64_t channels;
  std::int64_t at[kMostTargets];  ///< where each row begins in the target, or 0
  bool inside[kMostTargets];      ///< what a row outside the image holds does not count
  float* sums;                    ///< of the piece, [2][channel]
};

/// Two sums per row. Those of different rows do not wait for each other.
template <int R>
struct RowSums {
  VecF sum[R], dot[R];

  HWY_INLINE RowSums() {
    HWY_UNROLL(4)
    for (int i = 0; i < R; ++i) sum[i] = dot[i] = hn::Zero(F32());
  }
  HWY_INLINE void add_to(const Column& c) const {
    const F32 d;
    VecF sums = hn::Zero(d), dots = hn::Zero(d);
    HWY_UNROLL(4)
    for (int i = 0; i < R; ++i) {
      if (!c.inside[i]) continue;
      sums = hn::Add(sums, sum[i]);
      dots = hn::Add(dots, dot[i]);
    }
    const auto counted = hn::FirstN(d, std::size_t(c.counted));
    float *to = c.sums + c.channel, *dot_to = to + c.channels;
    hn::StoreU(hn::Add(hn::LoadU(d, to), hn::IfThenZeroElse(counted, sums)), d, to);
    hn::StoreU(hn::Add(hn::LoadU(d, dot_to), hn::IfThenZeroElse(counted, dots)), d, dot_to);
  }
};

/// No norm wants anything.
struct PlainOutput {
  template <int R>
  struct Of {
    HWY_INLINE Of(const Carry&, const Column&) {}
    HWY_INLINE VecF step(VecF v, int) { return v; }
    template <int kLines>
    HWY_INLINE void fetch(Ahead&, Ahead&) const {}
    HWY_INLINE void finish(const Column&) const {}
  };
};

/// Sums of y - shift and of its square.
struct StatisticsOutput {
  template <int R>
  struct Of {
    VecF shift;
    RowSums<R> sums;

    HWY_INLINE Of(const Carry& carry, const Column& c)
        : shift(hn::LoadU(F32(), carry.shift + c.channel)) {}
    template <int kLines>
    HWY_INLINE void fetch(Ahead&, Ahead&) const {}
    HWY_INLINE VecF step(VecF y, int row) {
      const VecF centred = hn::Sub(y, shift);
      sums.sum[row] = hn::Add(sums.sum[row], centred);
      sums.dot[row] = hn::MulAdd(centred, centred, sums.dot[row]);
      return y;
    }
    HWY_INLINE void finish(const Column& c) const { sums.add_to(c); }
  };
};

/// Where the gradient learns which outputs of the norm its activation let pass.
enum class Mask : std::uint8_t { none, output, input };

/// Masks g; sums of it and of g * (x - mean).
template <Mask kMask>
struct NormGradOutput {
  template <int R>
  struct Of {
    const float *x, *y;
    std::int64_t at[R], pixel[R];
    VecF mean, scale, bias, six;
    RowSums<R> sums;

    HWY_INLINE Of(const Carry& carry, const Column& c)
        : x(carry.x + c.channel), y(carry.y ? carry.y + c.channel : nullptr) {
      const F32 d;
      for (int i = 0; i < R; ++i) {
        at[i] = c.at[i];
        pixel[i] = c.inside[i] ? c.channels : 0;
      }
      mean = hn::LoadU(d, carry.mean + c.channel);
      if (kMask == Mask::input) scale = hn::LoadU(d, carry.scale + c.channel);
      bias =
          kMask == Mask::input && carry.bias ? hn::LoadU(d, carry.bias + c.channel) : hn::Zero(d);
      six = hn::Set(d, carry.below_six ? 6 : std::numeric_limits<float>::quiet_NaN());
    }
    template <int kLines>
    HWY_INLINE void fetch(Ahead& of_x, Ahead& of_y) const {
      of_x.template fetch<kLines>();
      if (kMask == Mask::output) of_y.template fetch<kLines>();
    }
    HWY_INLINE VecF step(VecF g, int row) {
      const F32 d;
      const VecF centred = hn::Sub(hn::LoadU(d, x + at[row]), mean);
      if (kMask != Mask::none) {
        const VecF out =
            kMask == Mask::output ? hn::LoadU(d, y + at[row]) : hn::MulAdd(centred, scale, bias);
        g = hn::IfThenElseZero(hn::Gt(out, hn::Zero(d)), g);
        g = hn::IfThenZeroElse(hn::Ge(out, six), g);  // never, when it is a NaN
      }
      at[row] += pixel[row];
      sums.sum[row] = hn::Add(sums.sum[row], g);
      sums.dot[row] = hn::MulAdd(g, centred, sums.dot[row]);
      return g;
    }
    HWY_INLINE void finish(const Column& c) const { sums.add_to(c); }
  };
};

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
