#include "data/idx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "data/pictures.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kSide = 4;

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t(0));
  return bytes;
}

Bytes images(std::uint32_t count) {
  return encode_idx({count, kSide, kSide}, counting(count * kSide * kSide));
}

Bytes labels(std::uint32_t count, int classes) {
  Bytes data;
  for (std::uint32_t i = 0; i < count; ++i) data.push_back(std::uint8_t(int(i) % classes));
  return encode_idx({count}, data);
}

void write_set(const TempFolder& folder, bool zipped = true) {
  const auto write = [&](const std::string& name, const Bytes& bytes) {
    folder.write(name + (zipped ? ".gz" : ""), zipped ? gzipped(bytes) : bytes);
  };
  write("train-images-idx3-ubyte", images(60));
  write("train-labels-idx1-ubyte", labels(60, 3));
  write("t10k-images-idx3-ubyte", images(9));
  write("t10k-labels-idx1-ubyte", labels(9, 3));
}

TEST(Idx, ReadsPlainAndGzipped) {
  const TempFolder folder;
  folder.write("a", images(3));
  folder.write("b", gzipped(images(3)));
  for (const char* name : {"a", "b"}) {
    const data::IdxArray array = data::read_idx(folder / name, 3);
    EXPECT_EQ(array.extents, (std::vector<std::int64_t>{3, 4, 4}));
    EXPECT_EQ(array.bytes, counting(48));
  }
}

struct Fault {
  const char* name;
  Bytes bytes;
  const char* message;
};

TEST(Idx, FaultsAreNamed) {
  const auto header = [](std::vector<std::uint32_t> extents) { return encode_idx(extents, {}); };
  Bytes float_type = images(2);
  float_type[2] = 0x0D;
  Bytes bad_checksum = gzipped(images(2));
  bad_checksum[bad_checksum.size() - 6] ^= 1;
  const std::vector<Fault> faults = {
      {"empty", {}, "0 bytes"},
      {"text", {'h', 'e', 'l', 'l', 'o'}, "magic number 68 65 6c 6c"},
      {"labels as images", labels(5, 2), "magic number 00 00 08 01"},
      {"float elements", float_type, "magic number 00 00 0d 03"},
      {"half a header", {0, 0, 8, 3, 0, 0}, "ends within its header"},
      {"overflow", header({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}), "2^40"},
      {"claims 1 TB", header({1u << 20, 1024, 1024}), "0 bytes of data"},
      {"no images", header({0, 4, 4}), "dimension 0 is 0"},
      {"no width", header({3, 4, 0}), "dimension 2 is 0"},
      {"too few", encode_idx({2, 4, 4}, counting(31)), "31 bytes of data"},
      {"too many", encode_idx({2, 4, 4}, counting(33)), "bytes after the data"},
      {"gzip checksum", bad_checksum, "damaged gzip"},
  };
  const TempFolder folder;
  for (const Fault& fault : faults) {
    folder.write(fault.name, fault.bytes);
    const Error error = error_of([&] { data::read_idx(folder / fault.name, 3); });
    EXPECT_EQ(error.code(), ErrorCode::corrupt_file) << fault.name;
    EXPECT_THAT(error.what(), HasSubstr(fault.message)) << fault.name;
    EXPECT_THAT(error.what(), HasSubstr(fault.name));
    EXPECT_FALSE(error.expected().empty());
  }
}

TEST(Idx, EveryCutIsRefused) {
  const TempFolder folder;
  for (const Bytes& whole : {images(2), gzipped(images(2))}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      folder.write("cut", std::span(whole).first(cut));
      EXPECT_EQ(error_of([&] { data::read_idx(folder / "cut", 3); }).code(),
                ErrorCode::corrupt_file)
          << cut;
    }
  }
}

TEST(IdxSet, SplitsValidationOffTraining) {
  for (const bool zipped : {true, false}) {
    const TempFolder folder;
    write_set(folder, zipped);
    const Dataset dataset = Dataset::open(folder.path(), {.val_fraction = 0.2});
    EXPECT_TRUE(dataset.in_memory());
    EXPECT_EQ(dataset.channels(), 1);
    EXPECT_EQ(dataset.height(), 4);
    EXPECT_EQ(dataset.classes(), (std::vector<std::string>{"0", "1", "2"}));
    EXPECT_EQ(dataset.samples(Split::train).size(), 48u);
    EXPECT_EQ(dataset.samples(Split::val).size(), 12u);
    EXPECT_EQ(dataset.samples(Split::test).size(), 9u);
    const Sample& sample = dataset.samples(Split::val)[3];
    EXPECT_EQ(sample.label, sample.index % 3);
    EXPECT_EQ(dataset.load(sample).pixels[5], std::uint8_t(sample.index * 16 + 5));
    EXPECT_EQ(dataset.load(dataset.samples(Split::test)[2]).pixels[0], 32);
  }
}

TEST(IdxSet, NoValidationWhenTheFractionIsZero) {
  const TempFolder folder;
  write_set(folder);
  const Dataset dataset = Dataset::open(folder.path() + "/", {.val_fraction = 0});
  EXPECT_EQ(dataset.samples(Split::train).size(), 60u);
  EXPECT_TRUE(dataset.samples(Split::val).empty());
}

TEST(IdxSet, ClassNamesComeFromAFile) {
  const TempFolder folder;
  write_set(folder);
  folder.write("classes.txt", std::string("shirt\r\ncoat\nbag\n"));
  EXPECT_EQ(Dataset::open(folder.path()).classes(),
            (std::vector<std::string>{"shirt", "coat", "bag"}));
  folder.write("classes.txt", std::string("shirt\ncoat\n"));
  EXPECT_THAT(error_of([&] { Dataset::open(folder.path()); }).what(), HasSubstr("label 2"));
  folder.write("classes.txt", std::string("a\nb\nc\nd\n"));
  EXPECT_THAT(error_of([&] { Dataset::open(folder.path()); }).what(), HasSubstr("class 'd'"));
}

TEST(IdxSet, FaultsOfTheSet) {
  const TempFolder folder;
  write_set(folder);
  folder.write("train-labels-idx1-ubyte.gz", gzipped(labels(59, 3)));
  EXPECT_THAT(error_of([&] { Dataset::open(folder.path()); }).what(), HasSubstr("59 labels"));
  folder.write("train-labels-idx1-ubyte.gz", gzipped(labels(60, 1)));
  EXPECT_THAT(error_of([&] { Dataset::open(folder.path()); }).what(), HasSubstr("label 1"));
  std::filesystem::remove(folder / "train-labels-idx1-ubyte.gz");
  EXPECT_THAT(error_of([&] { Dataset::open(folder.path()); }).what(), HasSubstr("no labels file"));
  std::filesystem::remove(folder / "train-images-idx3-ubyte.gz");
  EXPECT_THAT(error_of([&] { Dataset::open(folder.path()); }).what(),
              HasSubstr("no file of training images"));
}

TEST(IdxSet, TheFingerprintFollowsTheBytes) {
  const TempFolder folder;
  write_set(folder);
  const std::string before = Dataset::open(folder.path()).fingerprint();
  EXPECT_EQ(before.size(), 32u);
  EXPECT_EQ(Dataset::open(folder.path(), {.seed = 9}).fingerprint(), before);
  Bytes changed = images(60);
  changed[100] ^= 1;
  folder.write("train-images-idx3-ubyte.gz", gzipped(changed));
  EXPECT_NE(Dataset::open(folder.path()).fingerprint(), before);
}

TEST(IdxSet, OneImagesFileForPrediction) {
  const TempFolder folder;
  write_set(folder);
  const Dataset dataset = Dataset::open_unlabelled(folder / "t10k-images-idx3-ubyte.gz");
  EXPECT_EQ(dataset.samples(Split::test).size(), 9u);
  EXPECT_EQ(dataset.samples(Split::test)[4].label, -1);
  EXPECT_EQ(dataset.load(dataset.samples(Split::test)[1]).pixels[0], 16);
}

}  // namespace
}  // namespace noyau::test
