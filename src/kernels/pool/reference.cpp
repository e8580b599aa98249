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

// How many taps of the window at output `o` an average counts along one axis.
std::int64_t counted(const Pool& p, int axis, std::int64_t o) {
  const auto a = std::size_t(axis);
  const Window inside = taps_of(p, axis, o);
  if (!p.count_include_pad || p.adaptive) return inside.end - inside.begin;
  const std::int64_t room = p.in[a] + p.pad_after[a] - inside.start;
  return std::min(p.kernel[a], divide_up(room, p.dilation[a]));
}

}  // namespace

double pool_divisor(const Pool& p, std::int64_t d, std::int64_t h, std::int64_t w) {
  if (p.divisor_override != 0) return double(p.divisor_override);
  return double(counted(p, 0, d) * counted(p, 1, h) * counted(p, 2, w));
}

void fill_divisors(const Pool& p, float* factors) {
  for (int axis = 0; axis < 3; ++axis) {
    for (std::int64_t o = 0; o < p.out[std::size_t(axis)]; ++o) {
      const std::int64_t override = axis == 0 ? p.divisor_override : 1;
      *factors++ = float(p.divisor_override != 0 ? override : counted(p, axis, o));
    }
  }
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
