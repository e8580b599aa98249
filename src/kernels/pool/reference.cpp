#include <cmath>
#include <limits>

#include "kernels/pool/taps.hpp"

namespace noyau::kernels {
namespace {

std::int64_t index_at(const Pool& p, const Args& args, std::int64_t i) {
  return small_indices(p) ? std::int64_t(args.in<std::uint8_t>(1)[i])
                          : std::int64_t(args.in<std::int32_t>(1)[i]);
}

void store_index(const Pool& p, const Args& args, std::int64_t i, std::int64_t tap) {
  if (!output_or_null<std::byte>(args, 1)) return;
  if (small_indices(p)) {
    args.out<std::uint8_t>(1)[i] = std::uint8_t(tap);
  } else {
    args.out<std::int32_t>(1)[i] = std::int32_t(tap);
  }
}

}  // namespace

double pool_divisor(const Pool& p, std::int64_t d, std::int64_t h, std::int64_t w) {
  if (p.divisor_override != 0) return double(p.divisor_override);
  const Dims o{d, h, w};
  double count = 1;
  for (int a = 0; a < 3; ++a) {
    const auto i = std::size_t(a);
    const Window inside = taps_of(p, a, o[i]);
    const std::int64_t room = p.in[i] + p.pad_after[i] - inside.start;
    const std::int64_t padded = std::min(p.kernel[i], divide_up(room, p.dilation[i]));
    count *= double(p.count_include_pad && !p.adaptive ? padded : inside.end - inside.begin);
  }
  return count;
}

void max_pool_reference(const Problem& problem, const Args& args) noexcept {
  const Pool& p = std::get<Pool>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.batch * volume(p.out) * p.channels; ++i) {
      T best = -std::numeric_limits<T>::infinity();
      std::int64_t index = -1;
      for_taps(p, place_of(p.out, i / p.channels), [&](std::int64_t tap, std::int64_t pixel) {
        const T v = args.in<T>(0)[pixel * p.channels + i % p.channels];
        if (index >= 0 && !(v > best) && !std::isnan(v)) return;
        best = v;
        index = tap;
      });
      args.out<T>(0)[i] = best;
      store_index(p, args, i, std::max<std::int64_t>(0, index));
    }
  });
}

void max_pool_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Pool& p = std::get<Pool>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    std::fill_n(args.out<T>(0), p.batch * volume(p.in) * p.channels, T(0));
    for (std::int64_t i = 0; i < p.batch * volume(p.out) * p.channels; ++i) {
      for_taps(p, place_of(p.out, i / p.channels), [&](std::int64_t tap, std::int64_t pixel) {
        if (tap != index_at(p, args, i)) return;
        args.out<T>(0)[pixel * p.channels + i % p.channels] += args.in<T>(0)[i];
      });
    }
  });
}

void avg_pool_reference(const Problem& problem, const Args& args) noexcept {
  const Pool& p = std::get<Pool>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.batch * volume(p.out) * p.channels; ++i) {
      const Place o = place_of(p.out, i / p.channels);
      double sum = 0;
      for_taps(p, o, [&](std::int64_t, std::int64_t pixel) {
        sum += double(args.in<T>(0)[pixel * p.channels + i % p.channels]);
      });
      args.out<T>(0)[i] = T(sum / pool_divisor(p, o.d, o.h, o.w));
    }
  });
}

void avg_pool_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Pool& p = std::get<Pool>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    std::fill_n(args.out<T>(0), p.batch * volume(p.in) * p.channels, T(0));
    for (std::int64_t i = 0; i < p.batch * volume(p.out) * p.channels; ++i) {
      const Place o = place_of(p.out, i / p.channels);
      const T share = T(double(args.in<T>(0)[i]) / pool_divisor(p, o.d, o.h, o.w));
      for_taps(p, o, [&](std::int64_t, std::int64_t pixel) {
        args.out<T>(0)[pixel * p.channels + i % p.channels] += share;
      });
    }
  });
}

}  // namespace noyau::kernels
