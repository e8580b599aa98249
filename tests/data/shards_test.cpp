#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/tar_archive.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Bytes jpeg(int seed) { return encode_jpeg(smooth(12, 16, 3, seed)); }

/// KEY.jpg and KEY.cls for each label.
Bytes labelled(const std::vector<std::string>& labels, int first = 0) {
  std::vector<Bytes> members;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string key = "sample" + std::to_string(first + int(i));
    members.push_back(tar_member(key + ".jpg", jpeg(first + int(i))));
    members.push_back(tar_member(key + ".cls", bytes_of(labels[i])));
    members.push_back(tar_member(key + ".json", bytes_of("{}")));
  }
  return tar_archive(members);
}

std::vector<std::int32_t> labels_of(const Dataset& dataset, Split split) {
  std::vector<std::int32_t> labels;
  for (const Sample& sample : dataset.samples(split)) labels.push_back(sample.label);
  return labels;
}

std::string opening_fails(const TempFolder& folder) {
  return error_of([&] { Dataset::open(folder.path()); }).what();
}

TEST(Shards, PartsFollowFromTheirNames) {
  const TempFolder folder;
  folder.write("set-train-000.tar", labelled({"10", "9"}));
  folder.write("set-train-001.tar", labelled({"9", "10\n"}, 2));
  folder.write("set-val-000.tar", labelled({"9"}, 4));
  folder.write("set-test-000.tar", labelled({"10", "10"}, 5));
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_THAT(dataset.classes(), ElementsAre("9", "10"));  // numbers in their order
  EXPECT_THAT(labels_of(dataset, Split::train), ElementsAre(1, 0, 0, 1));
  EXPECT_THAT(labels_of(dataset, Split::val), ElementsAre(0));
  EXPECT_THAT(labels_of(dataset, Split::test), ElementsAre(1, 1));
  EXPECT_TRUE(dataset.skipped().empty());
  EXPECT_FALSE(dataset.in_memory());
  EXPECT_EQ(dataset.channels(), 3);
  const Sample& sample = dataset.samples(Split::train)[3];
  EXPECT_EQ(sample.path, "set-train-001.tar:sample3.jpg");
  EXPECT_EQ(dataset.encoded(sample), jpeg(3));
  EXPECT_EQ(dataset.load(sample), decode_image(jpeg(3), "x"));
}

TEST(Shards, PartsFollowFromTheirFolders) {
  const TempFolder folder;
  folder.write("train/0.tar", labelled({"cat", "dog", "cat"}));
  folder.write("val/0.TAR", labelled({"dog"}, 3));
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_THAT(dataset.classes(), ElementsAre("cat", "dog"));
  EXPECT_EQ(dataset.samples(Split::train).size(), 3u);
  EXPECT_EQ(dataset.samples(Split::val).size(), 1u);
  EXPECT_EQ(dataset.samples(Split::test).size(), 0u);
}

TEST(Shards, ClassFoldersInsideAndASplitOfItsOwn) {
  const TempFolder folder;
  std::vector<Bytes> members;
  for (int i = 0; i < 20; ++i)
    members.push_back(tar_member(
        "./" + std::string(i % 2 == 0 ? "a" : "b b") + "/deep/" + std::to_string(i) + ".JPG",
        jpeg(i)));
  folder.write("photos.tar", tar_archive(members));
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_THAT(dataset.classes(), ElementsAre("a", "b b"));
  EXPECT_EQ(dataset.samples(Split::train).size(), 16u);
  EXPECT_EQ(dataset.samples(Split::val).size(), 2u);
  EXPECT_EQ(dataset.samples(Split::test).size(), 2u);
}

TEST(Shards, BadMembersAreSkippedAndNamed) {
  const TempFolder folder;
  folder.write("0.tar",
               tar_archive({tar_member("1.jpg", jpeg(1)), tar_member("1.cls", bytes_of("x")),
                            tar_member("2.jpg", jpeg(2)), tar_member("2.cls", bytes_of("y")),
                            tar_member("3.jpg", jpeg(3)), tar_member("4.gif", bytes_of("GIF89a")),
                            tar_member("4.cls", bytes_of("x")), tar_member("5.jpg", {}),
                            tar_member("5.cls", bytes_of("y")), tar_member("6.jpg", {}, '2'),
                            tar_member("7.cls", bytes_of(" \n")), tar_member("._1.jpg", {})}));
  const Dataset dataset = Dataset::open(folder.path(), {.val_fraction = 0, .test_fraction = 0});
  EXPECT_EQ(dataset.samples(Split::train).size(), 2u);
  EXPECT_THAT(dataset.skipped(),
              ElementsAre(Skipped{"0.tar:3.jpg", "no .cls beside it"},
                          Skipped{"0.tar:4.gif", "unsupported format GIF"},
                          Skipped{"0.tar:5.jpg", "empty file"}, Skipped{"0.tar:6.jpg", "a link"},
                          Skipped{"0.tar:7.cls", "an empty label"}));
}

TEST(Shards, FaultsAreNamed) {
  {
    const TempFolder folder;
    folder.write("0.tar.gz", gzipped(labelled({"a", "b"})));
    EXPECT_THAT(opening_fails(folder), HasSubstr("0.tar.gz: a compressed archive"));
  }
  {
    const TempFolder folder;
    folder.write("train-0.tar", labelled({"a", "b"}));
    folder.write("more.tar", labelled({"a", "b"}));
    EXPECT_THAT(opening_fails(folder), HasSubstr("more.tar: a shard of no part"));
  }
  {
    const TempFolder folder;
    folder.write("val-0.tar", labelled({"a", "b"}));
    EXPECT_THAT(opening_fails(folder), HasSubstr("no training shards"));
  }
  {
    const TempFolder folder;
    folder.write("0.tar", tar_archive({tar_member("loose.jpg", jpeg(1))}));
    const std::string message = opening_fails(folder);
    EXPECT_THAT(message, HasSubstr("no training pictures in its shards"));
    EXPECT_THAT(message, HasSubstr("0.tar:loose.jpg: no folder and no .cls"));
  }
  {
    const TempFolder folder;
    folder.write("train-0.tar", labelled({"a", "b"}));
    folder.write("val-0.tar", labelled({"c"}));
    EXPECT_THAT(opening_fails(folder), HasSubstr("no training image of class 'c'"));
  }
  {
    const TempFolder folder;
    Bytes cut = labelled({"a", "b"});
    cut.resize(cut.size() / 2);
    folder.write("0.tar", cut);
    EXPECT_THAT(opening_fails(folder), HasSubstr("0.tar@"));
  }
}

TEST(Shards, ClassFoldersBesideAnArchiveStayClassFolders) {
  const TempFolder folder;
  for (const char* name : {"a/1.png", "b/1.png"}) folder.write(name, encode_png(smooth(4, 4, 3)));
  folder.write("backup.tar", labelled({"x", "y"}));
  EXPECT_THAT(Dataset::open(folder.path()).classes(), ElementsAre("a", "b"));
}

TEST(Shards, OneArchiveIsADatasetToo) {
  const TempFolder folder;
  folder.write("a.tar", labelled({"cat", "dog", "cat"}));
  folder.write("b.txt", std::string("not looked at"));
  const Dataset dataset = Dataset::open(folder / "a.tar", {.val_fraction = 0, .test_fraction = 0});
  EXPECT_THAT(dataset.classes(), ElementsAre("cat", "dog"));
  EXPECT_THAT(labels_of(dataset, Split::train), ElementsAre(0, 1, 0));
  EXPECT_EQ(dataset.path(), folder / "a.tar");
  EXPECT_EQ(dataset.samples(Split::train)[2].path, "sample2.jpg");
  EXPECT_EQ(dataset.load(dataset.samples(Split::train)[2]), decode_image(jpeg(2), "x"));
  EXPECT_TRUE(dataset.skipped().empty());
}

TEST(Shards, PicturesWithoutLabelsComeFromAnArchiveOrAFolderOfThem) {
  const TempFolder folder;
  folder.write("a.tar", labelled({"cat", "dog"}));
  folder.write("train-b.tar", tar_archive({tar_member("loose.jpg", jpeg(7)),
                                           tar_member("read.me", bytes_of("hello"))}));
  const Dataset one = Dataset::open_unlabelled(folder / "a.tar");
  EXPECT_THAT(labels_of(one, Split::test), ElementsAre(-1, -1));
  EXPECT_EQ(one.samples(Split::test)[1].path, "sample1.jpg");
  const Dataset both = Dataset::open_unlabelled(folder.path());
  ASSERT_EQ(both.samples(Split::test).size(), 3u);
  EXPECT_EQ(both.samples(Split::test)[2].path, "train-b.tar:loose.jpg");
  EXPECT_EQ(both.load(both.samples(Split::test)[2]), decode_image(jpeg(7), "x"));
  EXPECT_THAT(both.skipped(), ElementsAre(Skipped{"train-b.tar:read.me", "not an image"}));
  folder.write("empty.tar", tar_archive({}));
  EXPECT_THAT(error_of([&] { Dataset::open_unlabelled(folder / "empty.tar"); }).what(),
              HasSubstr("no pictures in its shards"));
  folder.write("c.tar.gz", gzipped(labelled({"a", "b"})));
  EXPECT_THAT(error_of([&] { Dataset::open_unlabelled(folder / "c.tar.gz"); }).what(),
              HasSubstr("a compressed archive"));
}

TEST(Shards, LoosePicturesBesideAnArchiveAreNotLost) {
  const TempFolder folder;
  folder.write("a.jpg", jpeg(1));
  folder.write("backup.tar", labelled({"cat", "dog"}));
  const Dataset dataset = Dataset::open_unlabelled(folder.path());
  ASSERT_EQ(dataset.samples(Split::test).size(), 1u);
  EXPECT_EQ(dataset.samples(Split::test)[0].path, "a.jpg");
  EXPECT_THAT(dataset.skipped(), ElementsAre(Skipped{"backup.tar", "not an image"}));
}

TEST(Shards, AreReadByLoadersInAnyOrder) {
  const TempFolder folder;
  folder.write("0.tar", labelled({"a", "b", "a", "b"}));
  folder.write("1.tar", labelled({"b", "a", "b", "a"}, 4));
  const Dataset dataset = Dataset::open(folder.path(), {.val_fraction = 0, .test_fraction = 0});
  LoaderOptions options;
  options.batch = 8;
  options.input = {12, 16, 3};
  options.threads = 3;
  Loader loader(dataset, options);
  const Batch& batch = loader.next();
  ASSERT_EQ(batch.valid, 8);
  const Image last = decode_image(jpeg(7), "x");
  const auto row = batch.images.as<float>().subspan(7 * last.pixels.size());
  EXPECT_EQ(row[5], float(last.pixels[5]) / 255.0f);
}

}  // namespace
}  // namespace noyau::test
