#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "data/pictures.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

const DataOptions kAllTraining{.val_fraction = 0, .test_fraction = 0};

TEST(Names, UnicodeSpacesAndUpperCaseExtensions) {
  const TempFolder folder;
  folder.write("Äpfel & Birnen/ein Bild, groß.JPG", encode_jpeg(smooth(8, 9, 3)));
  folder.write("Äpfel & Birnen/b.JPEG", encode_jpeg(smooth(8, 9, 3)));
  folder.write("猫 の 写真/ 前 .PNG", encode_png(smooth(8, 9, 3)));
  folder.write("猫 の 写真/ohne Endung", encode_png(smooth(8, 9, 3)));
  folder.write("猫 の 写真/🐈.WebP", encode_webp(smooth(8, 9, 3)));
  const Dataset dataset = Dataset::open(folder.path(), kAllTraining);
  EXPECT_THAT(dataset.classes(), ElementsAre("Äpfel & Birnen", "猫 の 写真"));
  ASSERT_EQ(dataset.samples(Split::train).size(), 5u);
  for (const Sample& sample : dataset.samples(Split::train))
    EXPECT_EQ(dataset.load(sample).width, 9) << sample.path;
  EXPECT_TRUE(dataset.skipped().empty());
}

TEST(Names, UnicodeInALabelList) {
  const TempFolder folder;
  folder.write("été/1 ü.PNG", encode_png(smooth(4, 5, 3)));
  folder.write("2, b.png", encode_png(smooth(4, 5, 3)));
  folder.write("labels.csv", std::string("file,label\nété/1 ü.PNG,grün blau\n\"2, b.png\",gelb\n"));
  const Dataset dataset = Dataset::open(folder.path(), kAllTraining);
  EXPECT_THAT(dataset.classes(), ElementsAre("gelb", "grün blau"));
  EXPECT_EQ(dataset.load(dataset.samples(Split::train)[0]).width, 5);
}

TEST(Names, NestedFoldersAndLinksToFilesAndFolders) {
  const TempFolder folder, elsewhere;
  folder.write("a/x/y/z/1.png", encode_png(smooth(4, 5, 3)));
  elsewhere.write("more/deep/2.png", encode_png(smooth(4, 5, 3)));
  elsewhere.write("3.png", encode_png(smooth(4, 5, 3)));
  fs::create_directory(folder / "b");
  fs::create_symlink(elsewhere / "3.png", folder / "b/link.png");
  fs::create_symlink(elsewhere / "more", folder / "b/linked folder");
  fs::create_symlink(elsewhere / "nowhere.png", folder / "b/broken.png");
  fs::create_directory_symlink("..", folder / "a/x/up");
  fs::create_directory_symlink(elsewhere / "more", folder / "c");  // a class
  const Dataset dataset = Dataset::open(folder.path(), kAllTraining);
  EXPECT_THAT(dataset.classes(), ElementsAre("a", "b", "c"));
  std::vector<std::string> paths;
  for (const Sample& sample : dataset.samples(Split::train)) {
    paths.push_back(sample.path);
    EXPECT_EQ(dataset.load(sample).width, 5);
  }
  EXPECT_THAT(paths, ElementsAre("a/x/y/z/1.png", "b/link.png", "b/linked folder/deep/2.png",
                                 "c/deep/2.png"));
  EXPECT_THAT(dataset.skipped(),
              ElementsAre(Skipped{"a/x/up", "a loop of links"},
                          Skipped{"b/broken.png", "cannot be read: No such file or directory"}));
}

TEST(Names, ThreeThousandClassesOpenAtOnce) {
  const TempFolder folder;
  const TempFolder elsewhere;  // links are made faster than folders
  elsewhere.write("1.png", encode_png(smooth(2, 2, 3)));
  for (int i = 0; i < 3000; ++i)
    fs::create_directory_symlink(elsewhere.path(), folder / ("class " + std::to_string(i)));
  const auto begin = std::chrono::steady_clock::now();
  const Dataset dataset = Dataset::open(folder.path());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(dataset.classes().size(), 3000u);
  EXPECT_EQ(dataset.samples(Split::train).size(), 3000u);
  EXPECT_LT(seconds.count(), 5);  // 0.1 s where nothing else runs
}

}  // namespace
}  // namespace noyau::test
