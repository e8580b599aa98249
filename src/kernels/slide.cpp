#include "kernels/slide.hpp"

#include <algorithm>

#include "kernels/chunks.hpp"

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
  return refuse_unless_f32(p);
}

SlideCut slide_cut(const Conv& p, std::int64_t rows, std::int64_t most) {
  const std::int64_t bands = p.batch * p.in[0] * divide_up(p.out[1], rows);
  const std::int64_t band = std::max<std::int64_t>(1, rows * p.out[2] * p.out_channels);
  const std::int64_t each = std::max<std::int64_t>({1, 65536 / band, divide_up(bands, most)});
  return {bands, each, divide_up(bands, each)};
}

}  // namespace noyau::kernels
