// The gradient of the weights for kernels that slide along rows. Compiled per instruction set.
//
// A slide walks along one or two rows of dy and the rows of x they meet. The sums of kTaps x K taps
// and a window of dy stay in registers, each column of x is loaded once; what a column is, is the
// business of X, which has kRows vectors of it.
#if defined(NOYAU_KERNELS_SLIDE_WEIGHT_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_SLIDE_WEIGHT_INL
#undef NOYAU_KERNELS_SLIDE_WEIGHT_INL
#else
#define NOYAU_KERNELS_SLIDE_WEIGHT_INL
#endif

#include "kernels/slide-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

struct Planes {
  Plane x, dy;
  std::int64_t pad_top, pad;
};

// Stride 1: column c (counted with the padding) meets outputs c - w for the taps w of a row.
template <int K, int kTaps, int kBand>
struct EqualSteps {
  static constexpr int kStride = 1, kRows = kTaps + kBand - 1;

  template <class X>
  static HWY_INLINE void add(X& x, const VecF (&g)[kBand][K], VecF (&sum)[kTaps][K]) {
    HWY_UNROLL(16)
    for (int r = 0; r < kRows; ++r) {
      const VecF v = x.load(r);
      HWY_UNROLL(2)
      for (int i = 0; i < kBand; ++i) {
        const int h = r - i;
        if (h < 0 || h >= kTaps) continue;
        HWY_UNROLL(8)
        for (int w = 0; w < K; ++w) sum[h][w] = hn::MulAdd(v, g[i][w], sum[h][w]);
      }
    }
    x.skip();
  }

  // The window moves on by one output, beyond the last by zeros.
  static HWY_INLINE void enter(Rows<kBand>& dy, bool inside, VecF (&g)[kBand][K]) {
    VecF next[kBand];
    HWY_UNROLL(2)
    for (int i = 0; i < kBand; ++i) next[i] = hn::Zero(F32());
    if (inside) dy.next(next);
    HWY_UNROLL(2)
    for (int i = 0; i < kBand; ++i) {
      HWY_UNROLL(8)
      for (int w = K - 1; w > 0; --w) g[i][w] = g[i][w - 1];
      g[i][0] = next[i];
    }
  }

  template <class X>
  static HWY_INLINE void run(const Planes& p, X x, Rows<kBand> dy, Ahead& ahead_x, Ahead& ahead_dy,
                             VecF (&sum)[kTaps][K]) {
    VecF g[kBand][K];
    HWY_UNROLL(2)
    for (int i = 0; i < kBand; ++i) HWY_UNROLL(8)
    for (int w = 0; w < K; ++w) g[i][w] = hn::Zero(F32());
    const std::int64_t width = p.dy.width, inside_end = p.x.width + p.pad;
    std::int64_t c = 0;
    for (; c < p.pad; ++c) enter(dy, c < width, g);
    for (; c < std::min(inside_end, width); ++c) {
      enter(dy, true, g);
      add(x, g, sum);
      ahead_x.fetch<kBand>();
      ahead_dy.fetch<kBand>();
    }
    for (; c < std::min(inside_end, width + K - 1); ++c) {
      enter(dy, false, g);
      add(x, g, sum);
    }
  }
};

// Stride 2: even columns meet the taps of even number, the odd ones after them the others.
template <int K, int kTaps, int kBand>
struct DoubleSteps {
  static constexpr int kStride = 2, kRows = kTaps + 2 * (kBand - 1);
  static constexpr int kWindow = (K + 1) / 2;

  template <int kOdd, class X>
  static HWY_INLINE void add(X& x, const VecF (&g)[kBand][kWindow], VecF (&sum)[kTaps][K]) {
    HWY_UNROLL(16)
    for (int r = 0; r < kRows; ++r) {
      const VecF v = x.load(r);
      HWY_UNROLL(2)
      for (int i = 0; i < kBand; ++i) {
        const int h = r - 2 * i;
        if (h < 0 || h >= kTaps) continue;
        HWY_UNROLL(4)
        for (int j = 0; j < kWindow - kOdd; ++j) {
          sum[h][2 * j + kOdd] = hn::MulAdd(v, g[i][j], sum[h][2 * j + kOdd]);
        }
      }
    }
    x.skip();
  }

  static HWY_INLINE void enter(Rows<kBand>& dy, bool inside, VecF (&g)[kBand][kWindow]) {
    VecF next[kBand];
    HWY_UNROLL(2)
    for (int i = 0; i < kBand; ++i) next[i] = hn::Zero(F32());
    if (inside) dy.next(next);
    HWY_UNROLL(2)
    for (int i = 0; i < kBand; ++i) {
      HWY_UNROLL(4)
      for (int j = kWindow - 1; j > 0; --j) g[i][j] = g[i][j - 1];
      g[i][0] = next[i];
    }
  }

  template <class X>
  static HWY_INLINE void run(const Planes& p, X x, Rows<kBand> dy, Ahead& ahead_x, Ahead& ahead_dy,
                             VecF (&sum)[kTaps][K]) {
    VecF g[kBand][kWindow];
    HWY_UNROLL(2)
    for (int i = 0; i < kBand; ++i) HWY_UNROLL(4)
    for (int j = 0; j < kWindow; ++j) g[i][j] = hn::Zero(F32());
    const std::int64_t width = p.dy.width;
    const auto border = [&](std::int64_t m) HWY_ATTR {
      const std::int64_t column = 2 * m - p.pad;
      enter(dy, m < width, g);
      if (column >= 0 && column < p.x.width) {
        add<0>(x, g, sum);
      }
      if (column + 1 >= 0 && column + 1 < p.x.width) {
        add<1>(x, g, sum);
      }
    };
    std::int64_t m = 0;
    for (; 2 * m < p.pad; ++m) border(m);
    for (; m < width && 2 * m - p.pad + 1 < p.x.width; ++m) {
      enter(dy, true, g);
      add<0>(x, g, sum);
      add<1>(x, g, sum);
      ahead_x.fetch<4 * kBand>();
      ahead_dy.fetch<kBand>();
    }
    for (; m < width + kWindow - 1 && 2 * m - p.pad < p.x.width; ++m) border(m);
  }
};

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
