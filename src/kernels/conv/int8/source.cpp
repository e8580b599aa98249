#include "kernels/conv/int8/source.hpp"

#include <cstring>

#include "kernels/chunks.hpp"
#include "kernels/conv/sweep.hpp"

namespace noyau::kernels::int8 {
namespace {

constexpr std::int64_t kChunk = 32768;  // elements

Conv one_row_a_picture(Conv c) {
  if (is_pointwise(c)) c.in = c.out = {1, 1, volume(c.in)};
  return c;
}

// Wide pixels are set a line apart, because strides of a power of two would land in the same few
// sets of the first-level cache.
std::int64_t pixel_bytes(std::int64_t channels) {
  const std::int64_t bytes = round_up(channels, kQuad);
  return bytes < 256 ? bytes : round_up(bytes, 64) + 64;
}

// One row, whose numbers start at `x`, null where the row is padding.
void fill_row(const Source& s, const float* x, const Scale& scale, std::uint8_t* row) {
  const std::int64_t channels = s.c.in_channels;
  const std::int64_t left = std::min(s.c.pad[2], s.extent[2]);
  const std::int64_t inside = std::min(s.c.in[2], s.extent[2] - left);
  if (x == nullptr || s.pixel != channels || inside < s.extent[2])
    std::memset(row, scale.zero, std::size_t(s.row_bytes()));
  if (x == nullptr) return;
  row += left * s.pixel;
  if (s.pixel == channels) return quantise(x, inside * channels, scale, row);
  for (std::int64_t w = 0; w < inside; ++w)
    quantise(x + w * channels, channels, scale, row + w * s.pixel);
}

// Null for padding.
const float* row_of(const Source& s, const float* image, std::int64_t depth, std::int64_t height) {
  const std::int64_t d = depth - s.c.pad[0], h = height - s.c.pad[1];
  if (d < 0 || d >= s.c.in[0] || h < 0 || h >= s.c.in[1]) return nullptr;
  return image + (d * s.c.in[1] + h) * s.c.in[2] * s.c.in_channels;
}

void find_scales(const Source& s, const float* x, const SourceBuffer& to, ThreadPool& pool) {
  const std::int64_t elements = s.image_elements();
  pool.run(s.c.batch * s.chunks, [&](std::int64_t i, int) {
    const std::int64_t image = i / s.chunks, first = i % s.chunks * kChunk;
    to.ranges[i] = range_of(x + image * elements + first, std::min(kChunk, elements - first));
  });
  for (std::int64_t image = 0; image < s.c.batch; ++image) {
    Range range;
    for (std::int64_t i = 0; i < s.chunks; ++i)
      range = joined(range, to.ranges[image * s.chunks + i]);
    to.scales[image] = scale_of(range);
  }
}

std::size_t scale_bytes(const Source& s) { return std::size_t(s.c.batch) * sizeof(Scale); }
std::size_t before_images(const Source& s) {
  return (scale_bytes(s) + std::size_t(s.c.batch * s.chunks) * sizeof(Range) + 63) / 64 * 64;
}

}  // namespace

Source::Source(const Conv& conv)
    : c(one_row_a_picture(conv)),
      quads(divide_up(c.in_channels, kQuad)),
      pixel(pixel_bytes(c.in_channels)),
      chunks(divide_up(image_elements(), kChunk)) {
  for (std::size_t d = 0; d < 3; ++d)
    extent[d] = (c.out[d] - 1) * c.stride[d] + (c.kernel[d] - 1) * c.dilation[d] + 1;
}

SourceBuffer::SourceBuffer(const Source& source, std::byte* memory)
    : scales(reinterpret_cast<Scale*>(memory)),
      ranges(reinterpret_cast<Range*>(memory + scale_bytes(source))),
      images(reinterpret_cast<std::uint8_t*>(memory + before_images(source))) {}

std::size_t buffer_bytes(const Source& source) {
  return before_images(source) + std::size_t(source.c.batch * source.image_bytes());
}

void fill(const Source& s, const float* x, const SourceBuffer& to, ThreadPool& pool) {
  find_scales(s, x, to, pool);
  const std::int64_t rows = s.c.batch * s.extent[0] * s.extent[1];
  for_chunks(pool, rows, grain_for(s.extent[2] * s.c.in_channels),
             [&](std::int64_t begin, std::int64_t end) {
               for (std::int64_t r = begin; r < end; ++r) {
                 const std::int64_t height = r % s.extent[1], slice = r / s.extent[1];
                 const std::int64_t depth = slice % s.extent[0], image = slice / s.extent[0];
                 fill_row(s, row_of(s, x + image * s.image_elements(), depth, height),
                          to.scales[image], to.images + r * s.row_bytes());
               }
             });
}

}  // namespace noyau::kernels::int8
