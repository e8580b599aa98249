#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "data/exif.hpp"
#include "data/pictures.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::HasSubstr;

int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.channels, b.channels);
  if (a.pixels.size() != b.pixels.size()) return 255;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    largest = std::max(largest, std::abs(int(a.pixels[i]) - int(b.pixels[i])));
  return largest;
}

Image filled(std::int64_t height, std::int64_t width, const Bytes& pixel) {
  Image image{height, width, std::int64_t(pixel.size()), {}};
  for (std::int64_t i = 0; i < height * width; ++i)
    image.pixels.insert(image.pixels.end(), pixel.begin(), pixel.end());
  return image;
}

TEST(Jpeg, GreyAndColourKeepTheirPixels) {
  for (const std::int64_t channels : {1, 3}) {
    for (const bool progressive : {false, true}) {
      const Image image = smooth(37, 53, channels);
      const Image got = decode_image(
          encode_jpeg(image, {.quality = 100, .progressive = progressive, .exif = {}}), "x");
      EXPECT_LE(largest_difference(got, image), 60) << channels << progressive;
      EXPECT_EQ(got.channels, channels);
    }
  }
}

// Ink values as Adobe stores them (255 = no ink) and as the plain format does.
TEST(Jpeg, CmykAndYcckBecomeRgb) {
  const Bytes inverted = {200, 120, 40, 210};
  const Bytes plain = {55, 135, 215, 45};
  const Image expected = filled(16, 16, {200 * 210 / 255, 120 * 210 / 255, 40 * 210 / 255});
  for (const bool ycck : {false, true}) {
    const Bytes file =
        encode_jpeg(filled(16, 16, inverted), {.quality = 100, .ycck = ycck, .exif = {}});
    EXPECT_LE(largest_difference(decode_image(file, "x"), expected), 2) << ycck;
  }
  const Bytes file =
      encode_jpeg(filled(16, 16, plain), {.quality = 100, .adobe_marker = false, .exif = {}});
  EXPECT_LE(largest_difference(decode_image(file, "x"), expected), 2);
}

TEST(Jpeg, ChannelsCanBeAskedFor) {
  const Bytes grey = encode_jpeg(filled(8, 8, {77}));
  EXPECT_EQ(decode_image(grey, "x", 3), filled(8, 8, {77, 77, 77}));
  const Bytes red = encode_png(filled(8, 8, {250, 0, 0}));
  EXPECT_EQ(decode_image(red, "x", 1), filled(8, 8, {75}));  // Pillow: convert("L") of 250, 0, 0
  EXPECT_EQ(error_of([&] { decode_image(red, "x", 2); }).code(), ErrorCode::invalid_argument);
}

// A picture of 2 x 3 blocks of distinct grey; orientation tells where block (0, 0) belongs.
TEST(Exif, EachOrientationIsSetUpright) {
  const Image stored{2, 3, 1, {1, 2, 3, 4, 5, 6}};
  const std::vector<Image> expected = {
      {2, 3, 1, {1, 2, 3, 4, 5, 6}}, {2, 3, 1, {3, 2, 1, 6, 5, 4}}, {2, 3, 1, {6, 5, 4, 3, 2, 1}},
      {2, 3, 1, {4, 5, 6, 1, 2, 3}}, {3, 2, 1, {1, 4, 2, 5, 3, 6}}, {3, 2, 1, {4, 1, 5, 2, 6, 3}},
      {3, 2, 1, {6, 3, 5, 2, 4, 1}}, {3, 2, 1, {3, 6, 2, 5, 1, 4}}};
  for (int o = 1; o <= 8; ++o) EXPECT_EQ(data::upright(stored, o), expected[std::size_t(o - 1)]);
}

TEST(Exif, OrientationOfAJpegIsApplied) {
  const Image wide = smooth(16, 40, 3);
  for (const bool big_endian : {false, true}) {
    const Bytes file = encode_jpeg(wide, {.exif = exif_block(6, big_endian)});
    const Image got = decode_image(file, "x");
    EXPECT_EQ(got.height, 40);
    EXPECT_EQ(got, data::upright(decode_image(encode_jpeg(wide), "x"), 6));
  }
}

TEST(Exif, DamagedBlocksMeanNoRotation) {
  for (const int orientation : {0, 9, 255, 65535})
    EXPECT_EQ(data::exif_orientation(exif_block(orientation)), 1);
  const Bytes good = exif_block(6);
  EXPECT_EQ(data::exif_orientation(good), 6);
  for (std::size_t cut = 0; cut < 20; ++cut)
    EXPECT_EQ(data::exif_orientation(std::span(good).first(cut)), 1) << cut;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0, 1, 0x7F, 0xFF}) {
      Bytes bad = good;
      bad[at] = std::uint8_t(value);
      const int got = data::exif_orientation(bad);
      EXPECT_TRUE(got >= 1 && got <= 8);
    }
  }
}

// A file cut anywhere must be refused, never filled up with grey.
void expect_every_cut_refused(const Bytes& file) {
  for (std::size_t cut = 0; cut < file.size(); ++cut) {
    const Bytes part(file.begin(), file.begin() + std::ptrdiff_t(cut));
    const Error error = error_of([&] { decode_image(part, "cut.file"); });
    ASSERT_EQ(error.code(), ErrorCode::corrupt_file)
        << cut << " of " << file.size() << ": " << error.what();
    ASSERT_EQ(error.where(), "cut.file");
  }
  EXPECT_NO_THROW(decode_image(file, "whole"));
}

TEST(Damage, JpegCutAtEveryByte) {
  expect_every_cut_refused(encode_jpeg(smooth(24, 40, 3)));
  expect_every_cut_refused(encode_jpeg(smooth(24, 40, 1)));
  expect_every_cut_refused(encode_jpeg(smooth(24, 40, 3), {.progressive = true, .exif = {}}));
  expect_every_cut_refused(encode_jpeg(smooth(8, 8, 3), {.exif = exif_block(3)}));
}

TEST(Damage, PngCutAtEveryByte) {
  expect_every_cut_refused(encode_png(smooth(16, 20, 3)));
  expect_every_cut_refused(encode_png(smooth(16, 20, 1)));
  expect_every_cut_refused(
      encode_png(8, 8, smooth(8, 8, 3).pixels, {.interlaced = true, .palette = {}}));
}

TEST(Damage, FlippedBytesNeverCrash) {
  for (const Bytes& file : {encode_jpeg(smooth(16, 16, 3)), encode_png(smooth(16, 16, 3))}) {
    for (std::size_t at = 0; at < file.size(); ++at) {
      Bytes bad = file;
      bad[at] ^= 0xFF;
      try {
        const Image got = decode_image(bad, "x");
        ASSERT_EQ(got.pixels.size(), std::size_t(got.height * got.width * got.channels));
      } catch (const Error&) {
      }
    }
  }
}

TEST(Damage, PngWithABadChecksumIsRefused) {
  Bytes file = encode_png(smooth(8, 8, 3));
  file[file.size() - 14] ^= 1;  // the checksum of the last IDAT, before IEND's 12 bytes
  EXPECT_EQ(error_of([&] { decode_image(file, "x"); }).code(), ErrorCode::corrupt_file);
}

TEST(Limits, TooManyPixelsAreRefusedFromTheHeader) {
  Bytes jpeg = encode_jpeg(smooth(8, 8, 3));
  for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] != 0xFF || jpeg[i + 1] != 0xC0) continue;
    jpeg[i + 5] = jpeg[i + 7] = 0xFF;
    jpeg[i + 6] = jpeg[i + 8] = 0xDC;  // libjpeg itself stops above 65500
    break;
  }
  const Error error = error_of([&] { decode_image(jpeg, "big.jpg"); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
  EXPECT_THAT(error.what(), HasSubstr("65500 x 65500"));
  // Within the limit, but a file this small cannot hold it.
  for (std::size_t i = 0; i + 9 < jpeg.size(); ++i)
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) jpeg[i + 5] = 8;
  EXPECT_THAT(error_of([&] { decode_image(jpeg, "x"); }).what(), HasSubstr("cannot hold"));
  const Bytes png = encode_png(1, 1, {0}, {.colour_type = 0, .palette = {}});
  Bytes big = png;
  for (std::size_t k = 18; k < 20; ++k) big[k] = big[k + 4] = 0xFF;
  EXPECT_THROW(decode_image(big, "big.png"), Error);  // its checksum is wrong as well
}

TEST(Png, DepthsColoursAndInterlace) {
  const Bytes palette = {10, 20, 30, 200, 100, 50, 0, 255, 0, 255, 255, 255};
  const auto decoded = [](const Bytes& rows, const PngOptions& options, std::int64_t width) {
    return decode_image(encode_png(1, width, rows, options), "x");
  };
  EXPECT_EQ(decoded({0b01000000}, {.colour_type = 0, .depth = 1, .palette = {}}, 2),
            (Image{1, 2, 1, {0, 255}}));
  EXPECT_EQ(decoded({0b00011011}, {.colour_type = 0, .depth = 2, .palette = {}}, 4),
            (Image{1, 4, 1, {0, 85, 170, 255}}));
  EXPECT_EQ(decoded({0x0F}, {.colour_type = 0, .depth = 4, .palette = {}}, 2),
            (Image{1, 2, 1, {0, 255}}));
  EXPECT_EQ(decoded({0b00011000}, {.colour_type = 3, .depth = 2, .palette = palette}, 3),
            (Image{1, 3, 3, {10, 20, 30, 200, 100, 50, 0, 255, 0}}));
  EXPECT_EQ(decoded({0, 255, 100, 255}, {.colour_type = 4, .palette = {}}, 2),
            (Image{1, 2, 1, {0, 100}}));
  // Half transparent black over white.
  EXPECT_EQ(decoded({0, 0, 0, 128, 9, 9, 9, 0}, {.colour_type = 6, .palette = {}}, 2),
            (Image{1, 2, 3, {127, 127, 127, 255, 255, 255}}));
  const Image image = smooth(19, 23, 3);
  EXPECT_EQ(
      decode_image(encode_png(19, 23, image.pixels, {.interlaced = true, .palette = {}}), "x"),
      image);
  EXPECT_EQ(decode_image(encode_png(image), "x"), image);
}

TEST(Png, SixteenBits) {
  // The encoder takes numbers in the machine's byte order.
  const std::uint16_t values[] = {0, 0x8000, 0xFFFF};
  Bytes rows(sizeof values);
  std::memcpy(rows.data(), values, sizeof values);
  const Image got =
      decode_image(encode_png(1, 3, rows, {.colour_type = 0, .depth = 16, .palette = {}}), "x");
  EXPECT_EQ(got, (Image{1, 3, 1, {0, 128, 255}}));
}

// The encoder takes numbers in the machine's byte order.
Bytes rows_of(const std::vector<std::uint16_t>& values) {
  Bytes rows(values.size() * 2);
  std::memcpy(rows.data(), values.data(), rows.size());
  return rows;
}

TEST(Png, SixteenBitsInColourAndWithAlpha) {
  EXPECT_EQ(decode_image(encode_png(1, 2, rows_of({0x0100, 0x80FF, 0xFFFF, 0x7F00, 0, 0x1234}),
                                    {.colour_type = 2, .depth = 16, .palette = {}}),
                         "x"),
            (Image{1, 2, 3, {1, 0x80, 255, 0x7F, 0, 0x12}}));
  EXPECT_EQ(decode_image(encode_png(1, 3, rows_of({0, 0xFFFF, 0, 0x8000, 0x4000, 0}),
                                    {.colour_type = 4, .depth = 16, .palette = {}}),
                         "x"),
            (Image{1, 3, 1, {0, 127, 255}}));
  EXPECT_EQ(decode_image(encode_png(1, 1, rows_of({0xFF00, 0x8000, 0, 0xFFFF}),
                                    {.colour_type = 6, .depth = 16, .palette = {}}),
                         "x"),
            (Image{1, 1, 3, {255, 128, 0}}));
}

TEST(Png, TransparencyBesideThePixels) {
  const Bytes palette = {10, 20, 30, 200, 100, 50, 0, 255, 0};
  EXPECT_EQ(decode_image(encode_png(1, 3, {0, 1, 2},
                                    {.colour_type = 3, .palette = palette, .trns = {0, 128}}),
                         "x"),
            (Image{1, 3, 3, {255, 255, 255, 227, 177, 152, 0, 255, 0}}));
  EXPECT_EQ(decode_image(
                encode_png(1, 2, {7, 8}, {.colour_type = 0, .palette = {}, .trns = {0, 7}}), "x"),
            (Image{1, 2, 1, {255, 8}}));
  EXPECT_EQ(
      decode_image(
          encode_png(1, 2, {1, 2, 3, 1, 2, 4}, {.palette = {}, .trns = {0, 1, 0, 2, 0, 3}}), "x"),
      (Image{1, 2, 3, {255, 255, 255, 1, 2, 4}}));
}

TEST(Exif, AllOrientationsOfJpegAndPngAreApplied) {
  const Image image = smooth(16, 24, 3);
  const Image jpeg = decode_image(encode_jpeg(image), "x");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Bytes exif = exif_block(orientation, orientation % 2 == 0);
    EXPECT_EQ(decode_image(encode_jpeg(image, {.exif = exif}), "x"),
              data::upright(jpeg, orientation));
    EXPECT_EQ(decode_image(encode_png(16, 24, image.pixels, {.palette = {}, .exif = exif}), "x"),
              data::upright(image, orientation));
  }
}

TEST(Formats, OthersAreNamed) {
  using std::string;
  const std::vector<std::pair<string, string>> cases = {
      {"GIF89a......", "GIF"},
      {string("II*\0....", 8), "TIFF"},
      {string("MM\0*....", 8), "TIFF"},
      {string("\0\0\0\x18", 4) + "ftypheic....", "HEIC"},
      {"BM..............", "BMP"},
      {"<?xml version='1.0'?><svg>", "SVG"},
      {"\n<!DOCTYPE html><html>", "HTML"},
      {"PK\x03\x04", "ZIP"},
      {"hello", "not an image"},
      {"", "empty file"},
  };
  for (const auto& [text, name] : cases) {
    const Bytes bytes(text.begin(), text.end());
    const Error error = error_of([&] { decode_image(bytes, "photo.jpg"); });
    EXPECT_THAT(error.what(), HasSubstr(name));
    EXPECT_THAT(error.what(), HasSubstr("photo.jpg"));
    EXPECT_THAT(error.expected(), HasSubstr("JPEG, PNG, WebP or NPY"));
  }
}

TEST(Files, AbsentFilesAndFolders) {
  const TempFolder folder;
  EXPECT_EQ(error_of([&] { load_image(folder / "none.jpg"); }).code(), ErrorCode::io);
  EXPECT_EQ(error_of([&] { load_image(folder.path()); }).code(), ErrorCode::io);
  folder.write("png.jpg", encode_png(smooth(4, 5, 3)));
  EXPECT_EQ(load_image(folder / "png.jpg").width, 5);  // told apart by its bytes
}

TEST(Files, TrailingBytesAreIgnored) {
  Bytes file = encode_jpeg(smooth(8, 8, 3));
  const Image expected = decode_image(file, "x");
  file.resize(file.size() + 1000, 0x50);
  EXPECT_EQ(decode_image(file, "x"), expected);
}

}  // namespace
}  // namespace noyau::test
