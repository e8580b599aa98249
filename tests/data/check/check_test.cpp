// A folder with everything that can be wrong with pictures, and what the check says about it.

#include "noyau/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/random.hpp"
#include "data/exif.hpp"
#include "data/pictures.hpp"

namespace noyau::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// Patches of noise, each as large as a sixth of the picture: no two seeds look alike.
Image patches(int seed, std::int64_t height = 120, std::int64_t width = 160) {
  Random random(std::uint64_t(seed), 5);
  std::uint8_t colours[6][6][3];
  for (auto& row : colours)
    for (auto& cell : row)
      for (std::uint8_t& value : cell) value = std::uint8_t(20 + random.below(200));
  Image image{height, width, 3, {}};
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) image.pixels.push_back(colours[y * 6 / height][x * 6 / width][c]);
  return image;
}

Bytes jpeg(const Image& image, int quality = 92) {
  return encode_jpeg(image, {.quality = quality, .exif = {}});
}

Image grey_of(Image image) {
  for (std::size_t i = 0; i < image.pixels.size(); i += 3)
    image.pixels[i + 1] = image.pixels[i + 2] = image.pixels[i];
  return image;
}

Image filled(std::int64_t height, std::int64_t width, std::uint8_t value) {
  return {height, width, 3, Bytes(std::size_t(height * width * 3), value)};
}

/// 20 good pictures in each of two classes.
void write_good(const TempFolder& folder) {
  for (int i = 0; i < 40; ++i)
    folder.write(
        "train/" + std::string(i % 2 ? "cat" : "dog") + "/" + std::to_string(100 + i) + ".jpg",
        jpeg(patches(i)));
  folder.write("test/cat/1.jpg", jpeg(patches(1000)));
  folder.write("test/dog/2.jpg", jpeg(patches(1001)));
}

/// Nothing is drawn from the training part.
Dataset open(const TempFolder& folder) { return Dataset::open(folder.path(), {.val_fraction = 0}); }

std::vector<std::string> names_of(const DataCheck& check, const DuplicateGroup& group) {
  std::vector<std::string> names;
  for (const std::int64_t i : group.pictures) names.push_back(check.pictures[std::size_t(i)].name);
  return names;
}

std::vector<std::string> issues_of(const DataCheck& check) {
  std::vector<std::string> out;
  for (const Issue& issue : check.issues) out.push_back(issue.kind + " " + issue.name);
  return out;
}

TEST(Check, FindsNothingInGoodPictures) {
  TempFolder folder;
  write_good(folder);
  const DataCheck check = check_data(open(folder));
  EXPECT_EQ(check.pictures.size(), 42u);
  EXPECT_THAT(issues_of(check), ElementsAre());
  EXPECT_TRUE(check.duplicates.empty());
  EXPECT_THAT(advice(check), ElementsAre("nothing stands out"));
}

TEST(Check, FindsExactAndNearDuplicatesLeaksAndOtherLabels) {
  TempFolder folder;
  write_good(folder);
  const Image image = patches(7);  // is train/cat/107.jpg
  folder.write("test/cat/copy.jpg", jpeg(image));
  folder.write("train/dog/resaved.jpg", jpeg(patches(11), 55));                  // cat/111.jpg
  folder.write("train/dog/small.png", encode_png(resize(patches(20), 60, 80)));  // dog/120.jpg
  Image brighter = patches(31);
  for (std::uint8_t& pixel : brighter.pixels) pixel = std::uint8_t(pixel + 20);
  folder.write("test/cat/brighter.jpg", jpeg(brighter));  // train/cat/131.jpg
  const DataCheck check = check_data(open(folder));
  ASSERT_EQ(check.duplicates.size(), 4u);
  EXPECT_THAT(names_of(check, check.duplicates[0]),
              ElementsAre("train/cat/107.jpg", "test/cat/copy.jpg"));
  EXPECT_EQ(check.duplicates[0].likeness, Likeness::exact);
  EXPECT_TRUE(check.duplicates[0].leak);
  EXPECT_FALSE(check.duplicates[0].labels_differ);
  EXPECT_THAT(names_of(check, check.duplicates[1]),
              ElementsAre("train/cat/131.jpg", "test/cat/brighter.jpg"));
  EXPECT_EQ(check.duplicates[1].likeness, Likeness::near);
  EXPECT_TRUE(check.duplicates[1].leak);
  EXPECT_THAT(names_of(check, check.duplicates[2]),
              ElementsAre("train/cat/111.jpg", "train/dog/resaved.jpg"));
  EXPECT_TRUE(!check.duplicates[2].leak && check.duplicates[2].labels_differ);
  EXPECT_THAT(names_of(check, check.duplicates[3]),
              ElementsAre("train/dog/120.jpg", "train/dog/small.png"));
  const CheckCounts counts = count(check);
  EXPECT_EQ(counts.exact, 1);
  EXPECT_EQ(counts.near, 3);
  EXPECT_EQ(counts.leaks, 2);
  EXPECT_EQ(counts.labels_differ, 1);
  EXPECT_THAT(advice(check)[0], HasSubstr("noyau split"));
}

TEST(Check, FindsMirroredAndTurnedCopies) {
  TempFolder folder;
  write_good(folder);
  // Of each a copy that lies otherwise, and smaller or of lower quality as well.
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const Image copy = data::upright(patches(orientation), orientation);
    folder.write("test/cat/turned" + std::to_string(orientation) + ".jpg",
                 jpeg(resize(copy, copy.height * 2 / 3, copy.width * 2 / 3), 70));
  }
  const DataCheck check = check_data(open(folder));
  ASSERT_EQ(check.duplicates.size(), 7u);
  EXPECT_EQ(count(check).mirrored, 7);
  EXPECT_EQ(count(check).leaks, 7);
  for (const DuplicateGroup& group : check.duplicates) {
    EXPECT_EQ(group.likeness, Likeness::mirrored);
    const std::vector<std::string> names = names_of(check, group);
    ASSERT_EQ(names.size(), 2u);
    EXPECT_EQ(names[0].substr(names[0].size() - 5, 1), names[1].substr(names[1].size() - 5, 1));
  }
}

TEST(Check, APictureThatIsItsOwnMirrorImageIsNoDuplicate) {
  TempFolder folder;
  write_good(folder);
  Image image = patches(70, 96, 96);
  const Image mirror = data::upright(image, 2);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = std::uint8_t((image.pixels[i] + mirror.pixels[i]) / 2);
  folder.write("train/cat/even.png", encode_png(image));
  EXPECT_TRUE(check_data(open(folder)).duplicates.empty());
}

TEST(Check, NamesUnreadableAndOddFiles) {
  TempFolder folder;
  write_good(folder);
  Bytes cut = jpeg(patches(50));
  cut.resize(cut.size() / 2);
  folder.write("train/cat/cut.jpg", cut);
  folder.write("train/cat/page.jpg", std::string("<html>moved</html>"));
  folder.write("train/dog/png.jpg", encode_png(patches(51)));
  folder.write("train/dog/thin.png", encode_png(patches(52, 30, 200)));
  folder.write("train/dog/tiny.png", encode_png(patches(53, 12, 12)));
  folder.write("train/dog/white.png", encode_png(filled(120, 160, 255)));
  folder.write("train/dog/z.png", encode_png(grey_of(patches(54))));
  const DataCheck check = check_data(open(folder));
  EXPECT_THAT(issues_of(check),
              UnorderedElementsAre("unreadable train/cat/cut.jpg", "unreadable train/cat/page.jpg",
                                   "extension train/dog/png.jpg", "elongated train/dog/thin.png",
                                   "tiny train/dog/tiny.png", "blank train/dog/white.png",
                                   "colour train/dog/white.png", "colour train/dog/z.png"));
  EXPECT_EQ(check.issues[0].kind, "unreadable");
  EXPECT_EQ(count(check).grey, 2);
  EXPECT_EQ(count(check).odd, 5);  // white.png is blank and grey
  EXPECT_THAT(advice(check), Contains(HasSubstr("5 odd pictures")));
}

TEST(Check, PlainPicturesAreNoDuplicates) {
  TempFolder folder;
  write_good(folder);
  for (int i = 0; i < 30; ++i)
    folder.write("train/cat/plain" + std::to_string(i) + ".png",
                 encode_png(filled(64, 64, std::uint8_t(40 + i))));
  EXPECT_TRUE(check_data(open(folder)).duplicates.empty());
}

TEST(Check, SaysWhatTheFilesTell) {
  TempFolder folder;
  write_good(folder);
  folder.write("train/cat/turned.jpg",
               encode_jpeg(patches(60, 90, 130), {.quality = 90, .exif = exif_block(6)}));
  const DataCheck check = check_data(open(folder));
  for (const PictureFacts& facts : check.pictures) {
    EXPECT_EQ(facts.format, "JPEG");
    EXPECT_EQ(facts.channels, 3);
    EXPECT_TRUE(facts.colour);
    EXPECT_GT(facts.bytes, 100);
    if (facts.name != "train/cat/turned.jpg") continue;
    EXPECT_EQ(facts.orientation, 6);
    EXPECT_EQ(facts.width, 90);
    EXPECT_EQ(facts.height, 130);
  }
  EXPECT_EQ(count(check).turned, 1);
}

TEST(Check, ThreadsDoNotChangeTheResult) {
  TempFolder folder;
  write_good(folder);
  folder.write("test/cat/copy.jpg", jpeg(patches(7)));
  const Dataset data = open(folder);
  const DataCheck one = check_data(data, {.threads = 1}), four = check_data(data, {.threads = 4});
  ASSERT_EQ(one.pictures.size(), four.pictures.size());
  for (std::size_t i = 0; i < one.pictures.size(); ++i) {
    EXPECT_EQ(one.pictures[i].hash, four.pictures[i].hash);
    EXPECT_EQ(one.pictures[i].content, four.pictures[i].content);
    EXPECT_EQ(one.pictures[i].contrast, four.pictures[i].contrast);
  }
  ASSERT_EQ(one.duplicates.size(), four.duplicates.size());
  EXPECT_EQ(one.duplicates[0].pictures, four.duplicates[0].pictures);
}

TEST(Check, TellsProgressToTheEnd) {
  TempFolder folder;
  write_good(folder);
  std::int64_t last = 0;
  check_data(Dataset::open(folder.path()), {}, [&](std::int64_t done, std::int64_t all) {
    EXPECT_EQ(all, 42);
    last = done;
  });
  EXPECT_EQ(last, 42);
}

TEST(Check, RefusesToWriteIntoTheData) {
  TempFolder folder, other;
  folder.write("a/1", std::string("x"));
  std::filesystem::create_directory_symlink(folder.path(), other / "link");
  for (const std::string& inside : {folder.path(), folder / "check", folder / "a/../b/c",
                                    other / "link/check", folder.path() + "/"})
    EXPECT_THAT(error_of([&] { expect_outside_data(inside, folder.path()); }).what(),
                HasSubstr("folder of the data"))
        << inside;
  EXPECT_THROW(expect_outside_data(folder / "check", other / "link"), Error);
  expect_outside_data(folder.path() + "-check", folder.path());
  expect_outside_data(other / "check", folder.path());
}

TEST(Check, RefusesOptionsOutOfRange) {
  TempFolder folder;
  write_good(folder);
  const Dataset data = open(folder);
  EXPECT_THROW(check_data(data, {.near = 16}), Error);
  EXPECT_THROW(check_data(data, {.near = -1}), Error);
  EXPECT_THROW(check_data(data, {.threads = -1}), Error);
}

}  // namespace
}  // namespace noyau::test
