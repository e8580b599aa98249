#include <fmt/format.h>
#include <spng.h>

#include <cstdlib>
#include <memory>

#include "noyau/error.hpp"
#include "noyau/report.hpp"

namespace noyau {
namespace {

constexpr spng_color_type kColorTypes[] = {
    SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, SPNG_COLOR_TYPE_TRUECOLOR,
    SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};

void check(int code) {
  if (code == SPNG_EMEM) throw Error(ErrorCode::out_of_memory, "PNG encoder", spng_strerror(code));
  if (code != 0) throw Error(ErrorCode::internal, "PNG encoder", spng_strerror(code));
}

void check_picture(const Picture& picture) {
  const std::string got = fmt::format("{}x{}x{}", picture.height, picture.width, picture.channels);
  if (picture.height < 1 || picture.width < 1)
    throw Error(ErrorCode::invalid_argument, "picture", got, "at least one pixel");
  if (picture.channels < 1 || picture.channels > 4)
    throw Error(ErrorCode::invalid_argument, "picture", got, "1 to 4 channels");
  const std::size_t bytes = static_cast<std::size_t>(picture.height) *
                            static_cast<std::size_t>(picture.width) *
                            static_cast<std::size_t>(picture.channels);
  if (picture.pixels.size() != bytes)
    throw Error(ErrorCode::shape_mismatch, "picture",
                fmt::format("{} bytes", picture.pixels.size()),
                fmt::format("{} bytes for {}", bytes, got));
}

}  // namespace

std::vector<uint8_t> encode_png(const Picture& picture) {
  check_picture(picture);
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                               spng_ctx_free);
  if (!context) throw Error(ErrorCode::out_of_memory, "PNG encoder", "no memory");
  check(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1));
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(picture.width);
  header.height = static_cast<uint32_t>(picture.height);
  header.bit_depth = 8;
  header.color_type = static_cast<uint8_t>(kColorTypes[picture.channels - 1]);
  check(spng_set_ihdr(context.get(), &header));
  check(spng_encode_image(context.get(), picture.pixels.data(), picture.pixels.size(), SPNG_FMT_PNG,
                          SPNG_ENCODE_FINALIZE));
  std::size_t size = 0;
  int code = 0;
  const std::unique_ptr<uint8_t, void (*)(void*)> bytes(
      static_cast<uint8_t*>(spng_get_png_buffer(context.get(), &size, &code)), std::free);
  check(code);
  return {bytes.get(), bytes.get() + size};
}

}  // namespace noyau
