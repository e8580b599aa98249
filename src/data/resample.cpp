#include "data/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "noyau/error.hpp"

namespace noyau {
namespace data {
namespace {

// Weights are fixed-point numbers with 22 fraction bits, as in Pillow: 8 bits of pixel and 2 of
// headroom are left of 32.
constexpr int kFractionBits = 22;
constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

// Output i is the sum over k of weights[i * stride + k] * input[first[i] + k], k < count[i].
struct Filter {
  std::int64_t stride = 0;
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> count;
  std::vector<std::int32_t> weights;
};

// The triangle around the centre of each output, as wide as one output pixel is in the input.
Filter triangle(std::int64_t inputs, std::int64_t full_outputs, std::int64_t start,
                std::int64_t outputs) {
  const double scale = double(inputs) / double(full_outputs);
  const double support = std::max(scale, 1.0);
  Filter filter;
  filter.stride = std::int64_t(std::ceil(support)) * 2 + 1;
  filter.weights.resize(std::size_t(outputs * filter.stride));
  std::vector<double> raw(std::size_t(filter.stride));
  for (std::int64_t i = 0; i < outputs; ++i) {
    const double centre = (double(start + i) + 0.5) * scale;
    const std::int64_t low = std::max<std::int64_t>(0, std::int64_t(centre - support + 0.5));
    const std::int64_t high = std::min(inputs, std::int64_t(centre + support + 0.5));
    double sum = 0;
    for (std::int64_t k = low; k < high; ++k) {
      const double distance = std::abs((double(k) - centre + 0.5) * (1.0 / support));
      raw[std::size_t(k - low)] = std::max(0.0, 1.0 - distance);
      sum += raw[std::size_t(k - low)];
    }
    for (std::int64_t k = 0; k < high - low; ++k) {
      const double weight = sum == 0 ? 0 : raw[std::size_t(k)] * (1.0 / sum);
      filter.weights[std::size_t(i * filter.stride + k)] =
          std::int32_t(0.5 + weight * double(1 << kFractionBits));
    }
    filter.first.push_back(low);
    filter.count.push_back(high - low);
  }
  return filter;
}

std::uint8_t to_byte(std::int32_t fixed) {
  return std::uint8_t(std::clamp(fixed >> kFractionBits, 0, 255));
}

template <int kChannels>
void filter_row(const std::uint8_t* src, const Filter& filter, std::uint8_t* dst) {
  for (std::size_t x = 0; x < filter.first.size(); ++x) {
    const std::int32_t* weights = filter.weights.data() + std::int64_t(x) * filter.stride;
    const std::uint8_t* pixel = src + filter.first[x] * kChannels;
    std::int32_t sums[kChannels];
    std::fill(sums, sums + kChannels, kHalf);
    for (std::int64_t k = 0; k < filter.count[x]; ++k, pixel += kChannels)
      for (int c = 0; c < kChannels; ++c) sums[c] += pixel[c] * weights[k];
    for (int c = 0; c < kChannels; ++c) *dst++ = to_byte(sums[c]);
  }
}

// Rows [first_row, first_row + rows) of the source, each filtered to the width of the window.
Image filter_columns(const View& source, const Filter& filter, std::int64_t first_row,
                     std::int64_t rows) {
  Image out{rows, std::int64_t(filter.first.size()), source.channels, {}};
  out.pixels.resize(std::size_t(out.height * out.width * out.channels));
  for (std::int64_t y = 0; y < rows; ++y) {
    const std::uint8_t* src = source.pixels + (first_row + y) * source.row_bytes;
    std::uint8_t* dst = out.pixels.data() + y * out.width * out.channels;
    source.channels == 1 ? filter_row<1>(src, filter, dst) : filter_row<3>(src, filter, dst);
  }
  return out;
}

// `source` holds the rows from `first_row` on of the picture that the filter speaks of.
Image filter_rows(const Image& source, const Filter& filter, std::int64_t first_row) {
  Image out{std::int64_t(filter.first.size()), source.width, source.channels, {}};
  const std::size_t row = std::size_t(source.width * source.channels);
  out.pixels.resize(std::size_t(out.height) * row);
  std::vector<std::int32_t> sums(row);
  for (std::int64_t y = 0; y < out.height; ++y) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const std::size_t i = std::size_t(y);
    for (std::int64_t k = 0; k < filter.count[i]; ++k) {
      const std::int32_t weight = filter.weights[std::size_t(y * filter.stride + k)];
      const std::uint8_t* src =
          source.pixels.data() + std::size_t(filter.first[i] - first_row + k) * row;
      for (std::size_t x = 0; x < row; ++x) sums[x] += src[x] * weight;
    }
    std::uint8_t* dst = out.pixels.data() + i * row;
    for (std::size_t x = 0; x < row; ++x) dst[x] = to_byte(sums[x]);
  }
  return out;
}

bool is_whole(const View& source, const Window& window) {
  return source.height == window.full_height && source.width == window.full_width;
}

Image copy(const View& source, const Window& window) {
  Image out{window.height, window.width, source.channels, {}};
  const std::size_t row = std::size_t(out.width * out.channels);
  out.pixels.resize(std::size_t(out.height) * row);
  for (std::int64_t y = 0; y < out.height; ++y) {
    const std::uint8_t* src = source.pixels + (window.top + y) * source.row_bytes;
    std::memcpy(out.pixels.data() + std::size_t(y) * row, src + window.left * out.channels, row);
  }
  return out;
}

}  // namespace

View view(const Image& image) { return crop(image, 0, 0, image.height, image.width); }

View crop(const Image& image, std::int64_t top, std::int64_t left, std::int64_t height,
          std::int64_t width) {
  const std::int64_t row_bytes = image.width * image.channels;
  return {image.pixels.data() + top * row_bytes + left * image.channels, height, width,
          image.channels, row_bytes};
}

Image resample(const View& source, const Window& window) {
  if (is_whole(source, window)) return copy(source, window);
  const Filter columns = triangle(source.width, window.full_width, window.left, window.width);
  const Filter rows = triangle(source.height, window.full_height, window.top, window.height);
  const std::int64_t first_row = rows.first.front();
  const std::int64_t end_row = rows.first.back() + rows.count.back();
  return filter_rows(filter_columns(source, columns, first_row, end_row - first_row), rows,
                     first_row);
}

}  // namespace data

Image resize(const Image& image, std::int64_t height, std::int64_t width) {
  if (height < 1 || width < 1 || image.height < 1 || image.width < 1) {
    throw Error(ErrorCode::invalid_argument, "resize",
                std::to_string(height) + " x " + std::to_string(width) + " pixels",
                "at least 1 x 1, from at least 1 x 1");
  }
  return data::resample(data::view(image), {height, width, 0, 0, height, width});
}

}  // namespace noyau
