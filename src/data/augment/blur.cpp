#include "data/augment/blur.hpp"

#include <algorithm>
#include <cmath>

#include "data/augment/kind.hpp"

namespace noyau::data {
namespace {

// Weights have 15 fraction bits and add up to 1; between the two passes values have 8. The sums of
// the second pass then just fit 32 bits.
constexpr int kWeightBits = 15, kBetweenBits = 8;
using Between = std::vector<std::uint16_t>;

/// weights[k] belongs to the neighbours at distance k.
std::vector<std::uint32_t> gaussian(double sigma) {
  const int radius = int(std::ceil(3 * sigma));
  std::vector<double> exact;
  for (int k = 0; k <= radius; ++k) exact.push_back(std::exp(-0.5 * k * k / (sigma * sigma)));
  double sum = exact[0];
  for (int k = 1; k <= radius; ++k) sum += 2 * exact[std::size_t(k)];
  std::vector<std::uint32_t> weights{1u << kWeightBits};
  for (int k = 1; k <= radius; ++k) {
    const double weight = std::ldexp(exact[std::size_t(k)] / sum, kWeightBits);
    weights.push_back(std::uint32_t(std::lround(weight)));
    weights[0] -= 2 * weights.back();
  }
  return weights;
}

std::int64_t mirrored(std::int64_t i, std::int64_t extent) {
  if (extent == 1) return 0;
  const std::int64_t period = 2 * (extent - 1);
  const std::int64_t place = (i % period + period) % period;
  return std::min(place, period - place);
}

/// `row` with `radius` mirrored pixels before and after it.
void pad(const std::uint8_t* row, std::int64_t width, std::int64_t channels, std::int64_t radius,
         std::uint8_t* out) {
  for (std::int64_t x = -radius; x < width + radius; ++x)
    out = std::copy_n(row + mirrored(x, width) * channels, channels, out);
}

/// sums[i] += weight * (low[i] + high[i]).
template <class T>
void add(std::vector<std::uint32_t>& sums, const T* low, const T* high, std::uint32_t weight) {
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] += weight * (std::uint32_t(low[i]) + high[i]);
}

Between blur_rows(const Image& image, const std::vector<std::uint32_t>& weights) {
  const std::int64_t radius = std::int64_t(weights.size()) - 1, channels = image.channels;
  const std::int64_t row = image.width * channels;
  Between out(image.pixels.size());
  std::vector<std::uint8_t> padded(std::size_t(row + 2 * radius * channels));
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(row));
  for (std::int64_t y = 0; y < image.height; ++y) {
    pad(image.pixels.data() + y * row, image.width, channels, radius, padded.data());
    const std::uint8_t* middle = padded.data() + radius * channels;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = weights[0] * middle[i];
    for (std::int64_t k = 1; k <= radius; ++k)
      add(sums, middle - k * channels, middle + k * channels, weights[std::size_t(k)]);
    for (std::size_t i = 0; i < sums.size(); ++i)
      out[std::size_t(y * row) + i] = std::uint16_t(sums[i] >> (kWeightBits - kBetweenBits));
  }
  return out;
}

void blur_columns(const Between& in, const std::vector<std::uint32_t>& weights, Image& image) {
  constexpr int kBits = kWeightBits + kBetweenBits;
  const std::int64_t row = image.width * image.channels;
  const auto line = [&](std::int64_t y) { return in.data() + mirrored(y, image.height) * row; };
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(row));
  for (std::int64_t y = 0; y < image.height; ++y) {
    std::ranges::fill(sums, 1u << (kBits - 1));
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weights[0] * line(y)[i];
    for (std::size_t k = 1; k < weights.size(); ++k)
      add(sums, line(y - std::int64_t(k)), line(y + std::int64_t(k)), weights[k]);
    std::uint8_t* out = image.pixels.data() + y * row;
    for (std::size_t i = 0; i < sums.size(); ++i) out[i] = std::uint8_t(sums[i] >> kBits);
  }
}

}  // namespace

void gaussian_blur(Image& image, double sigma) {
  if (sigma <= 0) return;
  const std::vector<std::uint32_t> weights = gaussian(sigma);
  blur_columns(blur_rows(image, weights), weights, image);
}

Kind augmentations::blur() {
  return {{"blur",
           {{"sigma_low", 0, 20, 0.1}, {"sigma_high", 0, 20, 2, false, true}},
           "blurs with a Gaussian of so many pixels",
           "torchvision GaussianBlur"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            gaussian_blur(image, random.uniform(a[0], a[1]));
          }};
}

}  // namespace noyau::data
