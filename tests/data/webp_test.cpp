#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "data/exif.hpp"
#include "data/format.hpp"
#include "data/pictures.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::HasSubstr;

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Image with_alpha(const Image& image) {
  Image out{image.height, image.width, 4, {}};
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    append(out.pixels, {image.pixels[i], image.pixels[i + 1], image.pixels[i + 2]});
    out.pixels.push_back(std::uint8_t(i * 5));
  }
  return out;
}

TEST(WebP, LosslessKeepsItsPixels) {
  const Image image = smooth(19, 23, 3);
  EXPECT_EQ(decode_image(encode_webp(image), "x"), image);
  EXPECT_EQ(decode_image(encode_webp(image), "x", 1).channels, 1);
  EXPECT_EQ(data::header_channels(encode_webp(image)), 3);
}

TEST(WebP, LossyIsNear) {
  const Image image = smooth(40, 56, 3);
  const Image got = decode_image(riff(webp_chunk(image, false)), "x");
  ASSERT_EQ(got.pixels.size(), image.pixels.size());
  double sum = 0;
  for (std::size_t i = 0; i < got.pixels.size(); ++i)
    sum += std::abs(int(got.pixels[i]) - int(image.pixels[i]));
  EXPECT_LT(sum / double(got.pixels.size()), 8);
}

TEST(WebP, TransparencyIsLaidOnWhite) {
  const Image image{1, 3, 4, {0, 0, 0, 128, 9, 200, 9, 0, 10, 20, 30, 255}};
  const Bytes expected = {127, 127, 127, 255, 255, 255, 10, 20, 30};
  EXPECT_EQ(decode_image(encode_webp(image), "x").pixels, expected);
  EXPECT_EQ(decode_image(encode_webp(with_alpha(smooth(9, 9, 3))), "x").channels, 3);
}

TEST(WebP, OrientationOfTheExifChunkIsApplied) {
  const Image image = smooth(6, 10, 3);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Bytes block = exif_block(orientation, orientation % 2 == 0);
    Bytes prefixed = {'E', 'x', 'i', 'f', 0, 0};
    append(prefixed, block);
    const Image expected = data::upright(image, orientation);
    EXPECT_EQ(decode_image(encode_webp(image, block), "x"), expected) << orientation;
    EXPECT_EQ(decode_image(encode_webp(image, prefixed), "x"), expected) << orientation;
  }
}

TEST(WebP, AnimationsAreRefusedByName) {
  Bytes chunks = vp8x_chunk(2, 8, 8);
  append(chunks, riff_chunk("ANIM", {255, 255, 255, 255, 0, 0}));
  Bytes frame = {0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 0};
  append(frame, webp_chunk(smooth(8, 8, 3), true));
  append(chunks, riff_chunk("ANMF", frame));
  const Error error = error_of([&] { decode_image(riff(chunks), "dance.webp"); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_THAT(error.what(), HasSubstr("dance.webp: an animated WebP"));
}

TEST(WebP, CutAtEveryByte) {
  const Image image = smooth(16, 20, 3);
  for (const Bytes& file :
       {encode_webp(image), riff(webp_chunk(image, false)), encode_webp(image, exif_block(6)),
        riff(webp_chunk(with_alpha(image), false))}) {
    for (std::size_t cut = 0; cut < file.size(); ++cut) {
      const Bytes part(file.begin(), file.begin() + std::ptrdiff_t(cut));
      const Error error = error_of([&] { decode_image(part, "cut.webp"); });
      ASSERT_EQ(error.code(), ErrorCode::corrupt_file) << cut << ": " << error.what();
      ASSERT_EQ(error.where(), "cut.webp");
    }
    Bytes longer = file;
    longer.resize(file.size() + 100, 0x50);
    EXPECT_EQ(decode_image(longer, "x"), decode_image(file, "x"));
  }
}

TEST(WebP, FlippedBytesNeverCrash) {
  const Image image = smooth(16, 16, 3);
  for (const Bytes& file : {encode_webp(with_alpha(image), exif_block(8)),
                            riff(webp_chunk(image, false)), riff(webp_chunk(image, true))}) {
    for (std::size_t at = 0; at < file.size(); ++at) {
      for (const int mask : {0x01, 0x80, 0xFF}) {
        Bytes bad = file;
        bad[at] ^= std::uint8_t(mask);
        try {
          const Image got = decode_image(bad, "x");
          ASSERT_EQ(got.pixels.size(), std::size_t(got.height * got.width * got.channels));
        } catch (const Error&) {
        }
      }
    }
  }
}

TEST(WebP, TooManyPixelsAreRefusedFromTheHeader) {
  // A VP8L header: signature, then 14 bits each of width - 1 and height - 1.
  const Bytes header = {0x2F, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0, 0, 0, 0};
  const Error error = error_of([&] { decode_image(riff(riff_chunk("VP8L", header)), "big.webp"); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_THAT(error.what(), HasSubstr("16384 x 16384 pixels"));
}

}  // namespace
}  // namespace noyau::test
