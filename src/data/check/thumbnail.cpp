#include "data/check/thumbnail.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/convert.hpp"
#include "data/exif.hpp"

namespace noyau::data {
namespace {

constexpr std::size_t kSide = kThumbnailSide, kKept = 8;

/// Rows 1 to 8 of the 32-point DCT-II; one factor for all does not change a comparison.
using Cosines = std::array<std::array<double, kSide>, kKept>;
const Cosines& cosines() {
  static const Cosines table = [] {
    Cosines out{};
    for (std::size_t k = 0; k < kKept; ++k)
      for (std::size_t x = 0; x < kSide; ++x)
        out[k][x] = std::cos(std::numbers::pi / kSide * (double(x) + 0.5) * double(k + 1));
    return out;
  }();
  return table;
}

using Frequencies = std::array<double, kKept * kKept>;  // from top to bottom, from left to right

Frequencies low_frequencies(const Thumbnail& pixels) {
  std::array<std::array<double, kSide>, kKept> columns{};  // transformed from top to bottom
  for (std::size_t k = 0; k < kKept; ++k)
    for (std::size_t y = 0; y < kSide; ++y)
      for (std::size_t x = 0; x < kSide; ++x)
        columns[k][x] += cosines()[k][y] * pixels[y * kSide + x];
  Frequencies out{};
  for (std::size_t v = 0; v < kKept; ++v)
    for (std::size_t u = 0; u < kKept; ++u)
      for (std::size_t x = 0; x < kSide; ++x) out[v * kKept + u] += cosines()[u][x] * columns[v][x];
  return out;
}

/// Those of the turned picture: mirroring changes the sign of odd frequencies. Number 0 is the
/// first, an odd one.
Frequencies turned_frequencies(const Frequencies& values, int orientation) {
  const Axes axes = axes_of(orientation);
  Frequencies out{};
  for (std::size_t v = 0; v < kKept; ++v)
    for (std::size_t u = 0; u < kKept; ++u) {
      const bool negative =
          (axes.rows_backwards && v % 2 == 0) != (axes.columns_backwards && u % 2 == 0);
      const double value = values[v * kKept + u];
      out[axes.transposed ? u * kKept + v : v * kKept + u] = negative ? -value : value;
    }
  return out;
}

std::uint64_t hash_of(const Frequencies& values) {
  Frequencies sorted = values;
  std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
  const double median = sorted[sorted.size() / 2];
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < values.size(); ++i) hash |= std::uint64_t(values[i] >= median) << i;
  return hash;
}

struct Sums {
  std::int64_t a = 0, b = 0, aa = 0, bb = 0, ab = 0;
};

Sums sums_of(const Thumbnail& a, const Thumbnail& b) {
  std::uint32_t sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;  // at most 1024 * 255 * 255
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::uint32_t x = a[i], y = b[i];
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  return {sa, sb, saa, sbb, sab};
}

constexpr std::int64_t kPixels = kThumbnailSide * kThumbnailSide;

}  // namespace

Thumbnail thumbnail_of(const Image& small) {
  Thumbnail out{};
  const Image grey = with_channels(small, 1);
  std::copy_n(grey.pixels.begin(), out.size(), out.begin());
  return out;
}

Thumbnail turned(const Thumbnail& thumbnail, int orientation) {
  Image image{kThumbnailSide, kThumbnailSide, 1, {thumbnail.begin(), thumbnail.end()}};
  return thumbnail_of(upright(std::move(image), orientation));
}

std::array<std::uint64_t, kTurns> perceptual_hashes(const Thumbnail& thumbnail) {
  const Frequencies values = low_frequencies(thumbnail);
  std::array<std::uint64_t, kTurns> hashes{};
  for (int turn = 1; turn <= kTurns; ++turn)
    hashes[std::size_t(turn - 1)] = hash_of(turned_frequencies(values, turn));
  return hashes;
}

double similarity(const Thumbnail& a, const Thumbnail& b) {
  const Sums s = sums_of(a, b);
  const std::int64_t va = kPixels * s.aa - s.a * s.a, vb = kPixels * s.bb - s.b * s.b;
  if (va == 0 || vb == 0) return 0;
  return double(kPixels * s.ab - s.a * s.b) / (std::sqrt(double(va)) * std::sqrt(double(vb)));
}

double deviation(const Thumbnail& thumbnail) {
  const Sums s = sums_of(thumbnail, thumbnail);
  return std::sqrt(double(kPixels * s.aa - s.a * s.a)) / double(kPixels);
}

}  // namespace noyau::data
