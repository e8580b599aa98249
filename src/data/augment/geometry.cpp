#include "data/augment/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace noyau::data {
namespace {

// Coordinates are fixed-point numbers with 32 fraction bits: steps of a map add up without error,
// and maps by whole pixels and right angles are exact.
constexpr int kFraction = 32;
constexpr std::int64_t kHalf = std::int64_t(1) << (kFraction - 1);

std::int64_t fixed(double value) { return std::llround(std::ldexp(value, kFraction)); }

struct Place {
  std::int64_t x = 0, y = 0;
};

bool inside(Place p, const Image& image) {
  // Negative coordinates are large as unsigned ones.
  return std::uint64_t(p.x) < std::uint64_t(image.width) << kFraction &&
         std::uint64_t(p.y) < std::uint64_t(image.height) << kFraction;
}

template <int kChannels>
void sample(const Image& image, Place place, std::uint8_t* out) {
  const std::int64_t x = place.x - kHalf, y = place.y - kHalf;
  const std::int64_t left = x >> kFraction, top = y >> kFraction;
  const std::int32_t fx = std::int32_t(x >> 16 & 0xFFFF), fy = std::int32_t(y >> 16 & 0xFFFF);
  const std::int64_t l = std::max<std::int64_t>(left, 0) * kChannels;
  const std::int64_t r = std::min(left + 1, image.width - 1) * kChannels;
  const std::int64_t row = image.width * kChannels;
  const std::uint8_t* upper = image.pixels.data() + std::max<std::int64_t>(top, 0) * row;
  const std::uint8_t* lower = image.pixels.data() + std::min(top + 1, image.height - 1) * row;
  for (int c = 0; c < kChannels; ++c) {
    const std::int32_t u = upper[l + c] * 65536 + (upper[r + c] - upper[l + c]) * fx;
    const std::int32_t v = lower[l + c] * 65536 + (lower[r + c] - lower[l + c]) * fx;
    out[c] = std::uint8_t((std::int64_t(u) * 65536 + std::int64_t(v - u) * fy) >> 32);
  }
}

template <int kChannels>
std::vector<std::uint8_t> transformed(const Image& image, const AffineMap& map) {
  std::vector<std::uint8_t> pixels(image.pixels.size());
  std::uint8_t* out = pixels.data();
  const std::int64_t a = fixed(map.a), d = fixed(map.d);
  for (std::int64_t y = 0; y < image.height; ++y) {
    const double middle = double(y) + 0.5;
    Place place{fixed(map.a * 0.5 + map.b * middle + map.c),
                fixed(map.d * 0.5 + map.e * middle + map.f)};
    for (std::int64_t x = 0; x < image.width; ++x, out += kChannels) {
      if (inside(place, image)) sample<kChannels>(image, place, out);
      place.x += a;
      place.y += d;
    }
  }
  return pixels;
}

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

}  // namespace

AffineMap inverse_map(const AffineChange& change, std::int64_t height, std::int64_t width) {
  const double angle = radians(change.degrees);
  const double x = std::tan(radians(change.shear_x)), sheared = angle - radians(change.shear_y);
  const double stretch = std::cos(radians(change.shear_y)) * change.scale;
  AffineMap map;
  map.a = -std::sin(sheared) * x / stretch + std::cos(angle) / change.scale;
  map.b = std::cos(sheared) * x / stretch + std::sin(angle) / change.scale;
  map.d = -std::sin(sheared) / stretch;
  map.e = std::cos(sheared) / stretch;
  const double centre_x = double(width) * 0.5, centre_y = double(height) * 0.5;
  const double from_x = centre_x + change.right, from_y = centre_y + change.down;
  map.c = centre_x - map.a * from_x - map.b * from_y;
  map.f = centre_y - map.d * from_x - map.e * from_y;
  return map;
}

void transform(Image& image, const AffineMap& map) {
  image.pixels = image.channels == 1 ? transformed<1>(image, map) : transformed<3>(image, map);
}

}  // namespace noyau::data
