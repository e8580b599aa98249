#include <gtest/gtest.h>
#include <spng.h>

#include "explain/samples.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

std::vector<uint8_t> decoded(const std::vector<uint8_t>& file, spng_format format,
                             spng_ihdr* header) {
  spng_ctx* context = spng_ctx_new(0);
  spng_set_png_buffer(context, file.data(), file.size());
  EXPECT_EQ(spng_get_ihdr(context, header), 0);
  std::size_t size = 0;
  EXPECT_EQ(spng_decoded_image_size(context, format, &size), 0);
  std::vector<uint8_t> pixels(size);
  EXPECT_EQ(spng_decode_image(context, pixels.data(), size, format, 0), 0);
  spng_ctx_free(context);
  return pixels;
}

TEST(Png, KeepsGreyAndColourPixels) {
  for (const int channels : {1, 3, 4}) {
    Picture picture = explain::gradient_picture(9, channels);
    picture.height = 3;
    picture.width = 27;
    spng_ihdr header{};
    const spng_format format = channels == 1   ? SPNG_FMT_G8
                               : channels == 3 ? SPNG_FMT_RGB8
                                               : SPNG_FMT_RGBA8;
    EXPECT_EQ(decoded(encode_png(picture), format, &header), picture.pixels) << channels;
    EXPECT_EQ(header.width, 27u);
    EXPECT_EQ(header.height, 3u);
  }
}

TEST(Png, KeepsGreyWithAlpha) {
  const Picture picture{1, 2, 2, {10, 255, 200, 7}};
  spng_ihdr header{};
  EXPECT_EQ(decoded(encode_png(picture), SPNG_FMT_RGBA8, &header),
            (std::vector<uint8_t>{10, 10, 10, 255, 200, 200, 200, 7}));
}

TEST(Png, RefusesPicturesThatDoNotFit) {
  EXPECT_THROW(encode_png({}), Error);
  EXPECT_THROW(encode_png({1, 1, 5, {1, 2, 3, 4, 5}}), Error);
  try {
    encode_png({2, 2, 1, {1, 2, 3}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::shape_mismatch);
  }
}

}  // namespace
}  // namespace noyau
