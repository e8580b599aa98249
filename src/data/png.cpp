#include "data/png.hpp"

#include <spng.h>

#include <cstring>
#include <memory>

#include "data/convert.hpp"
#include "data/exif.hpp"
#include "data/limits.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

// What one colour profile, and all texts and profiles together, may take in memory.
constexpr std::size_t kMaxChunk = std::size_t(64) << 20;

// Deflate makes at most 1032 bytes of one, and a byte holds at most 8 pixels.
constexpr std::uint64_t kMaxPixelsPerByte = 1032 * 8;

struct Free {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

void check(int status, const std::string& where) {
  if (status == SPNG_OK) return;
  if (status == SPNG_EMEM) throw Error(ErrorCode::out_of_memory, where, "no memory to decode PNG");
  throw Error(ErrorCode::corrupt_file, where, std::string("damaged PNG: ") + spng_strerror(status),
              "a complete PNG");
}

std::uint64_t big_endian(const std::uint8_t* bytes) {
  return std::uint64_t(bytes[0]) << 24 | std::uint64_t(bytes[1]) << 16 |
         std::uint64_t(bytes[2]) << 8 | bytes[3];
}

// Whether the chain of chunks reaches a whole IEND: spng does not miss that chunk's checksum.
bool is_complete(std::span<const std::uint8_t> bytes) {
  constexpr std::uint64_t kSignature = 8, kAround = 12;  // length, type, checksum
  std::uint64_t at = kSignature;
  while (at + kAround <= bytes.size()) {
    const std::uint8_t* chunk = bytes.data() + at;
    at += kAround + big_endian(chunk);
    if (std::memcmp(chunk + 4, "IEND", 4) == 0) return at <= bytes.size();
  }
  return false;
}

}  // namespace

Image decode_png(std::span<const std::uint8_t> bytes, const std::string& where) {
  const std::unique_ptr<spng_ctx, Free> context(spng_ctx_new(0));
  if (!context) throw Error(ErrorCode::out_of_memory, where, "no memory for a PNG decoder");
  check(spng_set_chunk_limits(context.get(), kMaxChunk, kMaxChunk), where);
  check(spng_set_png_buffer(context.get(), bytes.data(), bytes.size()), where);
  spng_ihdr header{};
  check(spng_get_ihdr(context.get(), &header), where);
  if (exceeds_pixel_limit(header.width, header.height))
    throw_too_large(where, header.width, header.height);
  check_plausible(where, header.width, header.height, bytes.size(), kMaxPixelsPerByte);
  Image image{header.height, header.width, 4, {}};
  image.pixels.resize(std::size_t(image.height * image.width) * 4);
  check(spng_decode_image(context.get(), image.pixels.data(), image.pixels.size(), SPNG_FMT_RGBA8,
                          SPNG_DECODE_TRNS),
        where);
  // Reads on to IEND: a file cut after its pixels is damaged too.
  check(spng_decode_chunks(context.get()), where);
  if (!is_complete(bytes)) check(SPNG_EIO, where);
  spng_exif exif{};
  const bool has_exif = spng_get_exif(context.get(), &exif) == SPNG_OK;
  const int orientation =
      has_exif ? exif_orientation({reinterpret_cast<std::uint8_t*>(exif.data), exif.length}) : 1;
  const bool grey = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
                    header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
  lay_on_white(image, grey ? 1 : 3);
  return upright(std::move(image), orientation);
}

}  // namespace noyau::data
