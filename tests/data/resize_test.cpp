#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/pictures.hpp"
#include "data/resample.hpp"
#include "golden/files.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

// The expected numbers are Pillow 13.0.0's, Image.resize(..., BILINEAR), on these two pictures.
Image grey_pattern() {
  Image image{7, 9, 1, {}};
  for (int i = 0; i < 63; ++i) image.pixels.push_back(std::uint8_t(i * i * 37 % 256));
  return image;
}

Image colour_pattern() {
  Image image{5, 6, 3, {}};
  for (int i = 0; i < 90; ++i) image.pixels.push_back(std::uint8_t(i * i * 11 % 256));
  return image;
}

TEST(Resize, ShrinksAsPillow) {
  EXPECT_EQ(resize(grey_pattern(), 3, 4).pixels,
            (Bytes{107, 142, 106, 83, 129, 140, 121, 97, 135, 87, 113, 188}));
  EXPECT_EQ(resize(grey_pattern(), 1, 1).pixels, Bytes{120});
  EXPECT_EQ(resize(grey_pattern(), 7, 2).pixels,
            (Bytes{79, 73, 142, 108, 167, 130, 99, 63, 170, 174, 98, 157, 82, 109}));
  EXPECT_EQ(
      resize(colour_pattern(), 2, 3).pixels,
      (Bytes{153, 150, 74, 127, 139, 85, 130, 90, 105, 149, 175, 112, 136, 138, 92, 94, 139, 146}));
}

TEST(Resize, EnlargesAsPillow) {
  const Bytes expected = {
      0,   20,  63,  139, 104, 78,  80,  133, 117, 50,  28,  41,  64,  100, 89,  93,  131, 144, 133,
      96,  110, 109, 90,  30,  68,  137, 189, 140, 109, 142, 181, 185, 143, 108, 102, 109, 43,  101,
      193, 210, 123, 85,  191, 195, 205, 237, 153, 97,  69,  78,  127, 181, 135, 99,  90,  157, 112,
      127, 234, 100, 59,  85,  53,  56,  71,  88,  110, 135, 152, 114, 113, 171, 112, 111, 142, 61,
      56,  81,  85,  158, 210, 178, 191, 159, 61,  183, 240, 230, 109, 134, 210, 150, 185, 187, 106,
      70,  43,  20,  92,  169, 234, 187, 204, 242, 147, 144, 124, 72,  67,  55,  26,  49,  101, 170,
      197, 206, 206, 116, 82,  56,  63,  116, 119, 52,  36,  49,  90,  176, 179, 148};
  EXPECT_EQ(resize(grey_pattern(), 10, 13).pixels, expected);
}

TEST(Resize, AWindowEqualsTheCropOfTheWhole) {
  const Image image = smooth(23, 31, 3);
  const Image whole = resize(image, 40, 17);
  const Image part = data::resample(data::view(image), {40, 17, 11, 4, 9, 6});
  const Image expected = data::resample(data::crop(whole, 11, 4, 9, 6), {9, 6, 0, 0, 9, 6});
  EXPECT_EQ(part, expected);
}

TEST(Resize, RefusesNoPixels) {
  EXPECT_EQ(error_of([] { resize(grey_pattern(), 0, 4); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { resize(Image{}, 1, 1); }).code(), ErrorCode::invalid_argument);
}

TEST(Fit, KeepsASizeThatFits) {
  const Image image = grey_pattern();
  EXPECT_EQ(fit(image, {7, 9, 1}), image);
  EXPECT_EQ(fit(image, {7, 9, 3}).channels, 3);
}

TEST(Fit, TakesTheCentreOfTheCoveringResize) {
  const Image image = smooth(30, 60, 1);
  const Image whole = resize(image, 10, 20);
  const Image expected = data::resample(data::crop(whole, 0, 5, 10, 10), {10, 10, 0, 0, 10, 10});
  EXPECT_EQ(fit(image, {10, 10, 1}), expected);
}

TEST(Fit, ExtremeShapesStayCheap) {
  EXPECT_EQ(fit(smooth(1, 30000, 3), {224, 224, 3}).height, 224);
  EXPECT_EQ(fit(smooth(30000, 1, 3), {224, 224, 3}).width, 224);
  EXPECT_EQ(fit(smooth(1, 1, 1), {32, 32, 3, 0.875}).pixels.size(), 32u * 32 * 3);
}

TEST(Fit, RefusesSizesOutOfRange) {
  const Image image = grey_pattern();
  for (const InputSize& input : {InputSize{0, 8, 1}, InputSize{8, -1, 1}, InputSize{8, 8, 2},
                                 InputSize{8, 8, 1, 0.0}, InputSize{8, 8, 1, 1.5}})
    EXPECT_EQ(error_of([&] { fit(image, input); }).code(), ErrorCode::invalid_argument);
}

using Json = nlohmann::json;

// Decoders of JPEG differ by a grey level here and there, and what is made from their pixels too.
void expect_pixels(const Image& got, const Json& want) {
  ASSERT_EQ(got.height, want["height"].get<std::int64_t>());
  ASSERT_EQ(got.width, want["width"].get<std::int64_t>());
  for (const auto& pixel : want["pixels"]) {
    const auto at = (pixel[0].get<std::int64_t>() * got.width + pixel[1].get<std::int64_t>()) * 3;
    for (std::size_t c = 0; c < 3; ++c)
      ASSERT_NEAR(got.pixels[std::size_t(at) + c], pixel[2][c].get<int>(), 1) << pixel;
  }
}

/// The photograph of tests/data/golden/preprocess, whose pixels Pillow 13 and torchvision made.
class Photograph : public testing::TestWithParam<Interpolation> {
 protected:
  std::string folder_ = golden::golden_folder("preprocess") + "/";
  Json reference_ = golden::read_golden("preprocess", "flower");
  Image photo_ = load_image(folder_ + "flower.jpg", 3);
  const Json& wanted() const { return reference_[std::string(to_string(GetParam()))]; }
};
INSTANTIATE_TEST_SUITE_P(Resize, Photograph,
                         testing::Values(Interpolation::bilinear, Interpolation::bicubic),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(Photograph, IsResizedAsByPillow) {
  expect_pixels(photo_, reference_["decoded"]);
  expect_pixels(resize(photo_, 256, 383, GetParam()), wanted()["resized"]);
  expect_pixels(resize(photo_, 224, 224, GetParam()), wanted()["square224"]);
  expect_pixels(resize(photo_, 600, 800, GetParam()), wanted()["enlarged600x800"]);
}

TEST_P(Photograph, IsCroppedAndNormalisedAsByTorchvision) {
  InputSize input{224, 224, 3, 0.875};
  input.interpolation = GetParam();
  const Image cropped = fit(photo_, input);
  expect_pixels(cropped, wanted()["cropped"]);
  std::vector<float> numbers(cropped.pixels.size());
  normalise(cropped,
            {NormalisationKind::mean_std, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}},
            numbers);
  constexpr double kGreyLevel = 1 / 255.0 / 0.224 + 1e-4;
  for (const auto& sample : wanted()["normalised"]["samples"]) {
    const std::size_t flat = sample[0], c = flat / (224 * 224), pixel = flat % (224 * 224);
    EXPECT_NEAR(numbers[pixel * 3 + c], sample[1].get<double>(), kGreyLevel);
  }
}

TEST(Interpolation, IsReadByName) {
  EXPECT_EQ(parse_interpolation("bicubic"), Interpolation::bicubic);
  EXPECT_EQ(error_of([] { parse_interpolation("nearest"); }).expected(),
            "one of bilinear, bicubic");
}

}  // namespace
}  // namespace noyau::test
