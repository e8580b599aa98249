#include "train/features/feature_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

const FeatureKey kKey{"0123456789abcdef0123456789abcdef", 4, 3};

class FeatureFileTest : public testing::Test {
 protected:
  FeatureFileTest() { std::filesystem::create_directories(folder_); }
  ~FeatureFileTest() override { std::filesystem::remove_all(folder_); }

  void write() const {
    FeatureWriter writer(path_, kKey);
    writer.add(0, std::vector<float>{1, 2, 3});
    writer.add(2, std::vector<float>{4, 5, 6});
    writer.commit();
  }
  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }

  std::string folder_ = testing::TempDir() + "noyau_features_" + std::to_string(::getpid());
  std::string path_ = folder_ + "/train.features";
};

TEST_F(FeatureFileTest, GivesBackRowsAndTellsBadPictures) {
  write();
  const auto file = FeatureFile::open(path_, kKey);
  ASSERT_TRUE(file);
  std::vector<float> row(3);
  EXPECT_TRUE(file->read(2, row));
  EXPECT_EQ(row, (std::vector<float>{4, 5, 6}));
  EXPECT_TRUE(file->read(0, row));
  EXPECT_EQ(row, (std::vector<float>{1, 2, 3}));
  EXPECT_FALSE(file->read(1, row));
  EXPECT_FALSE(file->read(3, row));
}

TEST_F(FeatureFileTest, ServesNobodyWhoAsksForSomethingElse) {
  write();
  for (const FeatureKey& other :
       {FeatureKey{"1123456789abcdef0123456789abcdef", 4, 3}, FeatureKey{kKey.text, 3, 3},
        FeatureKey{kKey.text, 4, 2}, FeatureKey{kKey.text, 3, 4}})
    EXPECT_FALSE(FeatureFile::open(path_, other)) << other.text << other.count << other.width;
  EXPECT_FALSE(FeatureFile::open(folder_ + "/absent", kKey));
  EXPECT_FALSE(FeatureFile::open(folder_, kKey));
}

TEST_F(FeatureFileTest, RefusesEveryCutAndEveryChangedByte) {
  write();
  const std::string whole = bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    put(whole.substr(0, length));
    EXPECT_FALSE(FeatureFile::open(path_, kKey)) << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = char(changed[at] ^ 1);
    put(changed);
    EXPECT_FALSE(FeatureFile::open(path_, kKey)) << at;
  }
  put(whole);
  EXPECT_TRUE(FeatureFile::open(path_, kKey));
}

TEST_F(FeatureFileTest, AppearsOnlyWhenWhole) {
  {
    FeatureWriter writer(path_, kKey);
    writer.add(0, std::vector<float>{1, 2, 3});
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(FeatureFileTest, RowsComeInOrder) {
  FeatureWriter writer(path_, kKey);
  writer.add(2, std::vector<float>{1, 2, 3});
  EXPECT_THROW(writer.add(1, std::vector<float>{1, 2, 3}), Error);
  EXPECT_THROW(writer.add(4, std::vector<float>{1, 2, 3}), Error);
  EXPECT_THROW(writer.add(3, std::vector<float>{1, 2}), Error);
}

}  // namespace
}  // namespace noyau::training
