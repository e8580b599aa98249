#include "data/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/filter.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace data {
namespace {

// What a pixel that far from the centre counts, in units of output pixels or, where these are
// smaller, of input pixels.
double triangle(double distance) { return std::max(0.0, 1.0 - distance); }

double cubic(double distance) {  // Keys 1981
  constexpr double a = -0.5;
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
  return 0;
}

struct Kernel {
  double (*weight)(double distance);
  double reach;
};
Kernel kernel_of(Interpolation interpolation) {
  return interpolation == Interpolation::bicubic ? Kernel{cubic, 2.0} : Kernel{triangle, 1.0};
}

// The kernel around the centre of each output; `extent` is that of the inputs, or a little less.
Filter make_filter(const Kernel& kernel, std::int64_t inputs, double extent,
                   std::int64_t full_outputs, std::int64_t start, std::int64_t outputs) {
  const double scale = extent / double(full_outputs);
  const double unit = std::max(scale, 1.0);
  const double support = kernel.reach * unit;
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
      const double distance = std::abs((double(k) - centre + 0.5) * (1.0 / unit));
      raw[std::size_t(k - low)] = kernel.weight(distance);
      sum += raw[std::size_t(k - low)];
    }
    for (std::int64_t k = 0; k < high - low; ++k) {
      const double weight = sum == 0 ? 0 : raw[std::size_t(k)] * (1.0 / sum);
      filter.weights[std::size_t(i * filter.stride + k)] =
          std::int32_t(std::copysign(0.5, weight) + weight * double(1 << kFractionBits));
    }
    filter.first.push_back(low);
    filter.count.push_back(high - low);
  }
  return filter;
}

// So many rows are filtered at once, as columns of bytes.
constexpr std::int64_t kBlock = 16;

std::int64_t whole_blocks(std::int64_t n) { return (n + kBlock - 1) / kBlock * kBlock; }

// Rows [first_row, first_row + rows) of the source, each filtered to the width of the window.
Image filter_columns(const View& source, const Filter& filter, std::int64_t first_row,
                     std::int64_t rows) {
  Image out{rows, std::int64_t(filter.first.size()), source.channels, {}};
  out.pixels.resize(std::size_t(out.height * out.width * out.channels));
  const std::int64_t first = filter.first.front();
  const std::int64_t in_bytes =
      (filter.first.back() + filter.count.back() - first) * source.channels;
  const std::int64_t out_bytes = out.width * out.channels;
  const std::int64_t in_stride = whole_blocks(in_bytes), out_stride = whole_blocks(out_bytes);
  std::vector<std::uint8_t> in_rows(std::size_t(kBlock * in_stride)), in_columns(in_rows.size());
  std::vector<std::uint8_t> out_rows(std::size_t(kBlock * out_stride)),
      out_columns(out_rows.size());
  const std::int64_t step = source.channels * kBlock;
  for (std::int64_t y = 0; y < rows; y += kBlock) {
    const std::int64_t count = std::min(kBlock, rows - y);
    for (std::int64_t i = 0; i < count; ++i)
      std::memcpy(in_rows.data() + i * in_stride,
                  source.pixels + (first_row + y + i) * source.row_bytes + first * source.channels,
                  std::size_t(in_bytes));
    for (std::int64_t i = 0; i < in_stride; i += kBlock)
      transpose_16({in_rows.data() + i, in_stride}, in_columns.data() + i * kBlock, kBlock);
    filter_lines({in_columns.data(), step}, first, step, filter, out_columns.data(), step);
    for (std::int64_t i = 0; i < out_stride; i += kBlock)
      transpose_16({out_columns.data() + i * kBlock, kBlock}, out_rows.data() + i, out_stride);
    for (std::int64_t i = 0; i < count; ++i)
      std::memcpy(out.pixels.data() + (y + i) * out_bytes, out_rows.data() + i * out_stride,
                  std::size_t(out_bytes));
  }
  return out;
}

// `source` holds the rows from `first_row` on of the picture that the filter speaks of.
Image filter_rows(const Image& source, const Filter& filter, std::int64_t first_row) {
  Image out{std::int64_t(filter.first.size()), source.width, source.channels, {}};
  const std::int64_t row = source.width * source.channels;
  out.pixels.resize(std::size_t(out.height * row));
  filter_lines({source.pixels.data(), row}, first_row, row, filter, out.pixels.data(), row);
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
  const Kernel kernel = kernel_of(window.interpolation);
  const double height = window.source_height > 0 ? window.source_height : double(source.height);
  const double width = window.source_width > 0 ? window.source_width : double(source.width);
  const Filter columns =
      make_filter(kernel, source.width, width, window.full_width, window.left, window.width);
  const Filter rows =
      make_filter(kernel, source.height, height, window.full_height, window.top, window.height);
  const std::int64_t first_row = rows.first.front();
  const std::int64_t end_row = rows.first.back() + rows.count.back();
  return filter_rows(filter_columns(source, columns, first_row, end_row - first_row), rows,
                     first_row);
}

}  // namespace data

std::string_view to_string(Interpolation interpolation) {
  return interpolation == Interpolation::bicubic ? "bicubic" : "bilinear";
}

Interpolation parse_interpolation(std::string_view name) {
  for (const auto interpolation : {Interpolation::bilinear, Interpolation::bicubic})
    if (name == to_string(interpolation)) return interpolation;
  throw Error(ErrorCode::invalid_argument, "interpolation", "\"" + std::string(name) + "\"",
              "one of bilinear, bicubic");
}

Image resize(const Image& image, std::int64_t height, std::int64_t width,
             Interpolation interpolation) {
  if (height < 1 || width < 1 || image.height < 1 || image.width < 1) {
    throw Error(ErrorCode::invalid_argument, "resize",
                std::to_string(height) + " x " + std::to_string(width) + " pixels",
                "at least 1 x 1, from at least 1 x 1");
  }
  return data::resample(data::view(image), {height, width, 0, 0, height, width, interpolation});
}

}  // namespace noyau
