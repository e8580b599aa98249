// The perceptual hash and the comparison behind it: copies lie close, other pictures do not.

#include "data/check/thumbnail.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/random.hpp"
#include "data/pictures.hpp"

namespace noyau::data {
namespace {

Thumbnail thumbnail(const Image& image) {
  return thumbnail_of(resize(image, kThumbnailSide, kThumbnailSide));
}

/// Soft blobs at places of the seed's own: a picture with structure, as photos have.
Image blobs(int seed, std::int64_t height, std::int64_t width) {
  Image image{height, width, 3, {}};
  Random random{std::uint64_t(seed)};
  struct Blob {
    double y, x, size, colour[3];
  };
  std::vector<Blob> all(12);
  for (Blob& blob : all) {
    blob = {random.uniform(), random.uniform(), random.uniform(0.05, 0.3), {}};
    for (double& colour : blob.colour) colour = random.uniform(-60, 60);
  }
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) {
        double value = 128;
        for (const Blob& blob : all) {
          const double dy = (double(y) + 0.5) / double(height) - blob.y;
          const double dx = (double(x) + 0.5) / double(width) - blob.x;
          value += blob.colour[c] * std::exp(-(dy * dy + dx * dx) / (blob.size * blob.size));
        }
        image.pixels.push_back(std::uint8_t(std::clamp(value, 0.0, 255.0)));
      }
  return image;
}

int distance(const Image& a, const Image& b) {
  return std::popcount(perceptual_hashes(thumbnail(a))[0] ^ perceptual_hashes(thumbnail(b))[0]);
}

TEST(Thumbnail, CopiesLieCloseTogether) {
  for (int seed = 0; seed < 20; ++seed) {
    const Image image = blobs(seed, 150, 200);
    Image brighter = image;
    for (std::uint8_t& pixel : brighter.pixels) pixel = std::uint8_t(std::min(255, pixel + 15));
    const Image copies[] = {
        decode_image(test::encode_jpeg(image, {.quality = 50, .exif = {}}), "x"),
        resize(image, 75, 100), resize(image, 211, 290), brighter};
    for (const Image& copy : copies) {
      EXPECT_LE(distance(image, copy), 8) << seed;
      EXPECT_GE(similarity(thumbnail(image), thumbnail(copy)), 0.995) << seed;
    }
  }
}

TEST(Thumbnail, OtherPicturesDoNot) {
  std::vector<Thumbnail> thumbnails;
  for (int seed = 0; seed < 30; ++seed) thumbnails.push_back(thumbnail(blobs(seed, 60, 60)));
  for (std::size_t a = 0; a < thumbnails.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      EXPECT_LT(similarity(thumbnails[a], thumbnails[b]), 0.99) << a << " " << b;
}

TEST(Thumbnail, SimilarityIsPearsonsCorrelation) {
  Thumbnail a{}, b{}, flat{};
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = std::uint8_t(i % 100);
    b[i] = std::uint8_t(200 - 2 * (i % 100));
    flat[i] = 77;
  }
  EXPECT_NEAR(similarity(a, a), 1, 1e-12);
  EXPECT_NEAR(similarity(a, b), -1, 1e-12);
  EXPECT_EQ(similarity(a, flat), 0);
  EXPECT_EQ(deviation(flat), 0);
  EXPECT_NEAR(deviation(b), 2 * deviation(a), 1e-9);
}

TEST(Thumbnail, HashesOfTurnsAreThoseOfTheTurnedPicture) {
  for (int seed = 0; seed < 20; ++seed) {
    const Thumbnail upright = thumbnail(blobs(seed, 70, 110));
    for (int turn = 1; turn <= kTurns; ++turn)
      EXPECT_EQ(perceptual_hashes(upright)[std::size_t(turn - 1)],
                perceptual_hashes(turned(upright, turn))[0])
          << seed << " turn " << turn;
  }
}

TEST(Thumbnail, HashOfHalfTheBitsIsSet) {
  EXPECT_EQ(std::popcount(perceptual_hashes(thumbnail(blobs(3, 90, 90)))[0]), 32);
}

}  // namespace
}  // namespace noyau::data
