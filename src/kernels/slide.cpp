#include "kernels/slide.hpp"

#include <algorithm>

#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/norm/carried.hpp"

namespace noyau::kernels {

std::string refuse_slide(const Conv& p) {
  const std::int64_t k = p.kernel[2], stride = p.stride[2];
  if (p.kernel != Dims{1, k, k}) return "takes square kernels of 3, 5 and 7";
  if (p.stride != Dims{1, stride, stride} || stride > 2) return "takes strides 1 and 2";
  if (p.dilation[1] != 1 || p.dilation[2] != 1) return "takes no dilation";
  if (p.pad[0] != 0 || p.pad[1] >= k || p.pad[2] >= k || p.in[0] != p.out[0]) {
    return "takes padding below the kernel's extent";
  }
  if (p.out_channels < kBlock) return "takes at least " + std::to_string(kBlock) + " channels";
  if (std::string wide = refuse_wide(p); !wide.empty()) return wide;
  return refuse_unless_f32(p);
}

SlideCut slide_cut(const Conv& p, std::int64_t rows, std::int64_t most) {
  const std::int64_t bands = p.batch * p.in[0] * divide_up(p.out[1], rows);
  const std::int64_t band = std::max<std::int64_t>(1, rows * p.out[2] * p.out_channels);
  const std::int64_t each = std::max<std::int64_t>({1, 65536 / band, divide_up(bands, most)});
  return {bands, each, divide_up(bands, each)};
}

std::int64_t bands_per_piece(std::int64_t pixels, std::int64_t channels) {
  return std::min(grain_for(pixels * channels / 4), std::max<std::int64_t>(1, 1024 / pixels));
}

namespace {

// Of bands of `rows` rows of a target `width` pixels wide; `bands` of all images.
std::size_t sums_bytes(std::int64_t bands, std::int64_t rows, std::int64_t width,
                       std::int64_t channels) {
  const std::int64_t pieces = divide_up(bands, bands_per_piece(rows * width, channels));
  return piece_sums_bytes(pieces, channels);
}

}  // namespace

std::size_t slide_statistics_bytes(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  if (!p.statistics) return 0;
  // Some instruction sets take two rows together, some four.
  const auto bytes = [&](std::int64_t rows) {
    const std::int64_t bands = p.batch * p.in[0] * divide_up(p.out[1], rows);
    return sums_bytes(bands, rows, p.out[2], p.out_channels);
  };
  return std::max(bytes(2), bytes(4));
}

std::size_t slide_norm_grad_bytes(const Problem& problem) {
  const Conv& p = std::get<Conv>(problem);
  if (!p.norm_grad) return 0;
  // With stride 2 the bands begin with the padding.
  const std::int64_t height = p.in[1] + (p.stride[1] == 2 ? p.pad[1] : 0);
  return sums_bytes(p.batch * p.in[0] * divide_up(height, 2), 2, p.in[2], p.in_channels);
}

}  // namespace noyau::kernels
