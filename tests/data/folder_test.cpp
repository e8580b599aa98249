#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cmath>
#include <set>

#include "data/listing.hpp"
#include "data/pictures.hpp"
#include "data/split.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

void write_pictures(const TempFolder& folder, const std::string& below, int count,
                    std::int64_t channels = 3) {
  for (int i = 0; i < count; ++i)
    folder.write(below + "/" + std::to_string(100 + i) + ".png",
                 encode_png(smooth(6, 8, channels, i)));
}

std::string opening_fails(const TempFolder& folder, const DataOptions& options = {}) {
  return error_of([&] { Dataset::open(folder.path(), options); }).what();
}

TEST(Folder, ClassesAreFoldersSortedByBytes) {
  const TempFolder folder;
  for (const char* name : {"b", "a", "Z"}) write_pictures(folder, name, 10);
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_THAT(dataset.classes(), ElementsAre("Z", "a", "b"));
  EXPECT_FALSE(dataset.in_memory());
  EXPECT_EQ(dataset.channels(), 3);
  EXPECT_EQ(dataset.samples(Split::train).size(), 24u);
  EXPECT_EQ(dataset.samples(Split::val).size(), 3u);
  EXPECT_EQ(dataset.samples(Split::test).size(), 3u);
  const Sample& sample = dataset.samples(Split::val)[1];
  EXPECT_EQ(sample.label, 1);
  EXPECT_THAT(sample.path, HasSubstr("a/1"));
  EXPECT_EQ(dataset.load(sample).width, 8);
  EXPECT_TRUE(dataset.skipped().empty());
}

TEST(Folder, GivenPartsAreUsed) {
  const TempFolder folder;
  for (const char* name : {"x", "y"}) {
    write_pictures(folder, std::string("train/") + name, 5);
    write_pictures(folder, std::string("validation/") + name, 3);
    write_pictures(folder, std::string("Test/") + name, 2);
  }
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_EQ(dataset.samples(Split::train).size(), 10u);
  EXPECT_EQ(dataset.samples(Split::val).size(), 6u);
  EXPECT_EQ(dataset.samples(Split::test).size(), 4u);
  EXPECT_THAT(dataset.samples(Split::test)[0].path, HasSubstr("Test/x/"));
}

TEST(Folder, ValidationIsSplitOffWhereOnlyATestPartIsGiven) {
  const TempFolder folder;
  for (const char* name : {"x", "y"}) {
    write_pictures(folder, std::string("train/") + name, 10);
    write_pictures(folder, std::string("test/") + name, 2);
  }
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_EQ(dataset.samples(Split::train).size(), 18u);
  EXPECT_EQ(dataset.samples(Split::val).size(), 2u);
  EXPECT_EQ(dataset.samples(Split::test).size(), 4u);
}

TEST(Folder, GreyFollowsFromTheData) {
  const TempFolder folder;
  write_pictures(folder, "a", 3, 1);
  folder.write("b/1.jpg", encode_jpeg(smooth(8, 8, 1)));
  EXPECT_EQ(Dataset::open(folder.path()).channels(), 1);
  EXPECT_EQ(Dataset::open(folder.path(), {.channels = 3}).channels(), 3);
  folder.write("b/2.jpg", encode_jpeg(smooth(8, 8, 3)));
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_EQ(dataset.channels(), 3);
  EXPECT_EQ(dataset.load(dataset.samples(Split::train)[0]).channels, 3);
}

TEST(Folder, PathsThatCannotBe) {
  const TempFolder folder;
  folder.write("photo.jpg", encode_jpeg(smooth(8, 8, 3)));
  const Error absent = error_of([&] { Dataset::open(folder / "nowhere"); });
  EXPECT_EQ(absent.code(), ErrorCode::io);
  EXPECT_THAT(absent.what(), HasSubstr("nowhere: does not exist; expected a folder"));
  const Error file = error_of([&] { Dataset::open(folder / "photo.jpg"); });
  EXPECT_EQ(file.code(), ErrorCode::io);
  EXPECT_THAT(file.what(), HasSubstr("photo.jpg: a file; expected a folder"));
}

TEST(Folder, FaultsNameTheClasses) {
  {
    const TempFolder folder;
    EXPECT_THAT(opening_fails(folder), HasSubstr("no images"));
    folder.write("loose.png", encode_png(smooth(4, 4, 3)));
    EXPECT_THAT(opening_fails(folder), HasSubstr("no class folders"));
  }
  {
    const TempFolder folder;
    write_pictures(folder, "only", 3);
    EXPECT_THAT(opening_fails(folder), HasSubstr("one class only: 'only'"));
    fs::create_directories(folder / "bare");
    EXPECT_THAT(opening_fails(folder), HasSubstr("no images in class 'bare'"));
    folder.write("bare/a.heic", std::string("\0\0\0\x18", 4) + "ftypheic0000");
    EXPECT_THAT(opening_fails(folder), HasSubstr("1 x unsupported format HEIC"));
  }
  {
    const TempFolder folder;
    write_pictures(folder, "photos/a", 1);
    write_pictures(folder, "photos/b", 1);
    EXPECT_THAT(opening_fails(folder), HasSubstr("did you mean " + folder.path() + "/photos?"));
  }
  {
    const TempFolder folder;
    folder.write("a/1.gif", std::string("GIF89a..."));
    folder.write("b/1.gif", std::string("GIF89a..."));
    const std::string message = opening_fails(folder);
    EXPECT_THAT(message, HasSubstr("no images"));
    EXPECT_THAT(message, HasSubstr("2 x unsupported format GIF"));
    EXPECT_THAT(message, HasSubstr("JPEG, PNG, WebP or NPY"));
  }
}

TEST(Folder, DifferentClassesInTrainAndVal) {
  const TempFolder folder;
  for (const char* name : {"train/a", "train/b", "val/b", "val/c"}) write_pictures(folder, name, 2);
  const std::string message = opening_fails(folder);
  EXPECT_THAT(message, HasSubstr("only in 'train': 'a'"));
  EXPECT_THAT(message, HasSubstr("only in 'val': 'c'"));
}

TEST(Folder, TwoFoldersForOnePart) {
  const TempFolder folder;
  for (const char* name : {"train/a", "train/b", "val/a", "valid/a"})
    write_pictures(folder, name, 2);
  EXPECT_THAT(opening_fails(folder), HasSubstr("both 'val' and 'valid'"));
}

TEST(Folder, BadFilesAreSkippedWithTheirReason) {
  const TempFolder folder;
  write_pictures(folder, "a", 3);
  write_pictures(folder, "b", 3);
  folder.write("a/empty.jpg", Bytes{});
  folder.write("a/page.jpg", std::string("<html><body>404</body></html>"));
  folder.write("b/notes.txt", std::string("hello"));
  folder.write("b/photo.heic", std::string("\0\0\0\x18", 4) + "ftypheic0000");
  ASSERT_EQ(::mkfifo((folder / "a/pipe.jpg").c_str(), 0600), 0);
  fs::create_symlink("loop.jpg", folder / "a/loop.jpg");
  fs::create_symlink(folder.path(), folder / "b/up");
  fs::create_symlink(folder.path(), folder / "self");
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_THAT(dataset.classes(), ElementsAre("a", "b"));
  EXPECT_THAT(dataset.skipped(), ElementsAre(Skipped{"a/empty.jpg", "empty file"},
                                             Skipped{"a/loop.jpg", "a loop of links"},
                                             Skipped{"a/page.jpg", "not an image but a HTML file"},
                                             Skipped{"a/pipe.jpg", "not a regular file but a FIFO"},
                                             Skipped{"b/notes.txt", "not an image"},
                                             Skipped{"b/photo.heic", "unsupported format HEIC"},
                                             Skipped{"b/up", "a loop of links"}));
}

TEST(Folder, JunkIsIgnoredSilently) {
  const TempFolder folder;
  write_pictures(folder, "a", 2);
  write_pictures(folder, "b", 2);
  write_pictures(folder, "__MACOSX/a", 2);
  write_pictures(folder, ".cache", 2);
  folder.write("a/.DS_Store", std::string("x"));
  folder.write("a/._1.png", std::string("x"));
  folder.write("b/Thumbs.db", std::string("x"));
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_THAT(dataset.classes(), ElementsAre("a", "b"));
  EXPECT_TRUE(dataset.skipped().empty());
}

TEST(Folder, StrangeNamesAreUsedVerbatim) {
  const TempFolder folder;
  write_pictures(folder, "caf\xE9\n", 2);  // neither UTF-8 nor printable
  write_pictures(folder, "-rf", 2);
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_THAT(dataset.classes(), ElementsAre("-rf", "caf\xE9\n"));
  EXPECT_EQ(dataset.load(dataset.samples(Split::train).back()).height, 6);
}

TEST(Folder, TheFingerprintFollowsNamesSizesAndTimes) {
  const TempFolder folder;
  write_pictures(folder, "a", 3);
  write_pictures(folder, "b", 3);
  const auto fingerprint = [&] { return Dataset::open(folder.path()).fingerprint(); };
  std::set<std::string> seen = {fingerprint()};
  EXPECT_FALSE(seen.insert(fingerprint()).second);
  fs::last_write_time(folder / "a/100.png",
                      fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_TRUE(seen.insert(fingerprint()).second);
  fs::rename(folder / "a/101.png", folder / "a/999.png");
  EXPECT_TRUE(seen.insert(fingerprint()).second);
  write_pictures(folder, "b", 4);
  EXPECT_TRUE(seen.insert(fingerprint()).second);
}

TEST(Unlabelled, OnePictureOrAFolder) {
  const TempFolder folder;
  folder.write("a.jpg", encode_jpeg(smooth(8, 9, 3)));
  folder.write("deep/b.png", encode_png(smooth(4, 5, 1)));
  folder.write("c.txt", std::string("hello"));
  const Dataset one = Dataset::open_unlabelled(folder / "a.jpg");
  ASSERT_EQ(one.samples(Split::test).size(), 1u);
  EXPECT_EQ(one.load(one.samples(Split::test)[0]).width, 9);
  const Dataset all = Dataset::open_unlabelled(folder.path());
  ASSERT_EQ(all.samples(Split::test).size(), 2u);
  EXPECT_EQ(all.samples(Split::test)[1].path, "deep/b.png");
  EXPECT_EQ(all.load(all.samples(Split::test)[1]).channels, 3);
  EXPECT_THAT(all.skipped(), ElementsAre(Skipped{"c.txt", "not an image"}));
  EXPECT_THAT(error_of([&] { Dataset::open_unlabelled(folder / "c.txt"); }).what(),
              HasSubstr("not an image"));
  EXPECT_THAT(error_of([&] { Dataset::open_unlabelled(folder / "d"); }).what(),
              HasSubstr("does not exist"));
}

std::vector<Sample> numbered(const std::vector<int>& per_class) {
  std::vector<Sample> samples;
  for (std::size_t c = 0; c < per_class.size(); ++c)
    for (int i = 0; i < per_class[c]; ++i)
      samples.push_back({"", std::int32_t(c), std::int64_t(samples.size()), 0});
  return samples;
}

std::vector<int> counts(const std::vector<Sample>& samples, std::size_t classes) {
  std::vector<int> count(classes);
  for (const Sample& sample : samples) ++count[std::size_t(sample.label)];
  return count;
}

TEST(Split, IsStratifiedAndComplete) {
  const auto samples = numbered({100, 20, 3, 1});
  const data::Parts parts = data::stratified_split(samples, 0.1, 0.2, 5);
  EXPECT_THAT(counts(parts.train, 4), ElementsAre(70, 14, 1, 1));
  EXPECT_THAT(counts(parts.val, 4), ElementsAre(10, 2, 1, 0));
  EXPECT_THAT(counts(parts.test, 4), ElementsAre(20, 4, 1, 0));
  std::set<std::int64_t> seen;
  for (const auto* part : {&parts.train, &parts.val, &parts.test})
    for (const Sample& sample : *part) EXPECT_TRUE(seen.insert(sample.index).second);
  EXPECT_EQ(seen.size(), samples.size());
}

TEST(Split, FollowsTheSeed) {
  const auto samples = numbered({50, 50});
  const auto val = [&](std::uint64_t seed) {
    return data::stratified_split(samples, 0.2, 0.0, seed).val;
  };
  EXPECT_EQ(val(1), val(1));
  EXPECT_NE(val(1), val(2));
}

TEST(Split, RefusesFractionsThatLeaveNothing) {
  for (const auto& [val, test] : {std::pair(-0.1, 0.1), std::pair(0.5, 0.5), std::pair(1.0, 0.0),
                                  std::pair(std::nan(""), 0.0)})
    EXPECT_THROW(data::check_fractions(val, test), Error);
}

}  // namespace
}  // namespace noyau::test
