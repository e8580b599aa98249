#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>

#include "base/random.hpp"
#include "data/convert.hpp"
#include "data/decode.hpp"
#include "data/exif.hpp"
#include "data/load.hpp"
#include "data/pictures.hpp"

namespace noyau::test {
namespace {

using data::DecodeChoice;
using data::Rectangle;
using data::Size;

// Detail at all scales, weaker the finer, as photographs have it.
Image photo_like(std::int64_t height, std::int64_t width, std::int64_t channels = 3) {
  Image image{height, width, channels, {}};
  Random random(7);
  std::vector<double> values(std::size_t(height * width * channels), 128.0);
  for (int wave = 0; wave < 40; ++wave) {
    const double length = double(width) / std::pow(1.15, wave);
    const double turn = random.uniform(0, std::numbers::pi);
    const double dy = std::sin(turn) / length, dx = std::cos(turn) / length;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double phase = random.uniform(0, 1), strength = 16 * std::pow(0.96, wave);
      for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
          values[std::size_t((y * width + x) * channels + c)] +=
              strength * std::sin(2 * std::numbers::pi * (dy * double(y) + dx * double(x) + phase));
    }
  }
  for (const double value : values)
    image.pixels.push_back(std::uint8_t(std::clamp(value, 0.0, 255.0)));
  return image;
}

DecodeChoice choose(const Rectangle& part, bool to_the_end) {
  return {.part = [=](Size) { return part; }, .to_the_end = to_the_end};
}

std::vector<Rectangle> some_parts(Size size) {
  std::vector<Rectangle> parts = {{0, 0, size.height, size.width},
                                  {0, 0, 1, 1},
                                  {size.height - 1, size.width - 1, 1, 1},
                                  {0, 3, size.height, 5},
                                  {7, 0, 2, size.width}};
  Random random(5);
  const auto below = [&](std::int64_t n) { return std::int64_t(random.below(std::uint64_t(n))); };
  for (int i = 0; i < 25; ++i) {
    const std::int64_t top = below(size.height), left = below(size.width);
    parts.push_back({top, left, 1 + below(size.height - top), 1 + below(size.width - left)});
  }
  return parts;
}

void expect_parts_equal(const Bytes& file, const std::string& what) {
  const Image whole = decode_image(file, "x");
  for (const Rectangle& r : some_parts({whole.height, whole.width})) {
    const Image expected = data::cut(whole, r);
    for (const bool to_the_end : {true, false})
      ASSERT_EQ(data::decode(file, "x", 0, choose(r, to_the_end)), expected)
          << what << ": " << r.top << " " << r.left << " " << r.height << " " << r.width;
  }
}

TEST(PartialDecode, HasThePixelsOfTheWhole) {
  const Image colour = photo_like(75, 131), grey = photo_like(75, 131, 1);
  for (const bool progressive : {false, true}) {
    for (const int rows : {1, 2})
      for (const int columns : {1, 2})
        expect_parts_equal(encode_jpeg(colour, {.quality = 80,
                                                .progressive = progressive,
                                                .exif = {},
                                                .sample_rows = rows,
                                                .sample_columns = columns}),
                           std::to_string(rows) + " x " + std::to_string(columns));
    expect_parts_equal(encode_jpeg(grey, {.progressive = progressive, .exif = {}}), "grey");
  }
  expect_parts_equal(encode_jpeg(colour, {.exif = {}, .restart_rows = 1}), "restarts");
  expect_parts_equal(encode_jpeg(colour, {.exif = {}, .sample_rows = 4, .sample_columns = 1}),
                     "unusual sampling");
  expect_parts_equal(encode_jpeg(photo_like(75, 131, 4)), "inks");
  expect_parts_equal(encode_png(photo_like(20, 31)), "PNG");
}

TEST(PartialDecode, KnowsEachOrientation) {
  const Image image = photo_like(40, 60);
  for (int orientation = 1; orientation <= 8; ++orientation)
    expect_parts_equal(encode_jpeg(image, {.exif = exif_block(orientation)}),
                       "orientation " + std::to_string(orientation));
}

TEST(PartialDecode, FindsDamageBehindThePartWhenAskedTo) {
  Bytes file = encode_jpeg(photo_like(64, 64));
  file.resize(file.size() - 200);
  const Rectangle part{0, 10, 8, 8};
  EXPECT_EQ(error_of([&] { data::decode(file, "x", 0, choose(part, true)); }).code(),
            ErrorCode::corrupt_file);
  EXPECT_EQ(data::decode(file, "x", 0, choose(part, false)).height, 8);
  for (std::size_t cut = 0; cut < file.size(); cut += 7) {
    const Bytes shorter(file.begin(), file.begin() + std::ptrdiff_t(cut));
    EXPECT_THROW(data::decode(shorter, "x", 0, choose(part, true)), Error) << cut;
  }
}

TEST(PartialDecode, FlippedBytesNeverCrash) {
  const Bytes file = encode_jpeg(photo_like(40, 56));
  for (std::size_t at = 0; at < file.size(); ++at) {
    Bytes bad = file;
    bad[at] ^= 0xFF;
    DecodeChoice choice;
    choice.resized_to = [](Size size) { return Size{(size.height + 1) / 2, (size.width + 1) / 2}; };
    choice.part = [](Size size) { return Rectangle{size.height / 2, size.width / 2, 1, 1}; };
    try {
      ASSERT_EQ(data::decode(bad, "x", 3, choice).pixels.size(), 3u);
    } catch (const Error&) {
    }
  }
}

Size decoded_size(const Bytes& file, Size resized_to) {
  const Image image = data::decode(file, "x", 0, {.resized_to = [=](Size) { return resized_to; }});
  return {image.height, image.width};
}

TEST(ScaledDecode, StaysAQuarterLargerThanNeeded) {
  const Bytes file = encode_jpeg(smooth(200, 303, 3));
  EXPECT_EQ(decoded_size(file, {201, 303}), (Size{200, 303}));  // enlarged anyway
  EXPECT_EQ(decoded_size(file, {81, 10}), (Size{200, 303}));
  EXPECT_EQ(decoded_size(file, {80, 121}), (Size{100, 152}));
  EXPECT_EQ(decoded_size(file, {80, 122}), (Size{200, 303}));
  EXPECT_EQ(decoded_size(file, {40, 60}), (Size{50, 76}));
  EXPECT_EQ(decoded_size(file, {20, 30}), (Size{25, 38}));
  EXPECT_EQ(decoded_size(file, {1, 1}), (Size{25, 38}));
  const Bytes turned = encode_jpeg(smooth(200, 303, 3), {.exif = exif_block(6)});
  EXPECT_EQ(decoded_size(turned, {121, 80}), (Size{152, 100}));
  EXPECT_EQ(decoded_size(encode_png(smooth(20, 30, 3)), {1, 1}), (Size{20, 30}));
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    sum += std::abs(int(a.pixels[i]) - int(b.pixels[i]));
  return sum / double(a.pixels.size());
}

double fitted_difference(const Bytes& file, const InputSize& input) {
  const TempFolder folder;
  folder.write("x.jpg", file);
  const Dataset dataset = Dataset::open_unlabelled(folder / "x.jpg");
  return mean_difference(data::load_fitted(dataset, dataset.samples(Split::test)[0], input),
                         fit(decode_image(file, "x"), input));
}

TEST(ScaledDecode, StaysNearTheFullDecode) {
  const Bytes file = encode_jpeg(photo_like(601, 799));
  for (const std::int64_t side : {241, 240, 150, 121, 120, 75, 61, 60, 40})
    EXPECT_LT(fitted_difference(file, {side, side, 3}), 2) << side;
  EXPECT_EQ(fitted_difference(file, {241, 241, 3}), 0);
  EXPECT_GT(fitted_difference(file, {240, 240, 3}), 0);
  EXPECT_LT(fitted_difference(file, {120, 200, 1, 0.875}), 2);
}

// An extra check on a photograph, where the reference files are at hand.
TEST(ScaledDecode, StaysNearTheFullDecodeOfAPhotograph) {
  const char* shared = std::getenv("NOYAU_SHARED");
  if (shared == nullptr) GTEST_SKIP() << "NOYAU_SHARED is not set";
  const Image photo = load_image(std::string(shared) + "/golden/preprocess/flower.jpg", 3);
  for (const int times : {1, 2}) {
    const Bytes file = encode_jpeg(resize(photo, times * photo.height, times * photo.width));
    for (const std::int64_t side : {170, 150, 120, 85, 60, 42})
      EXPECT_LT(fitted_difference(file, {side, side, 3}), 1.5) << side;
  }
}

}  // namespace
}  // namespace noyau::test
