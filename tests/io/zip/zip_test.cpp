// tests/data/zip/small.zip holds stored.txt ("abc" as it is) and big.txt (100,000 bytes, i % 7 as
// digits, deflated); Python's zipfile made it.

#include "io/zip/zip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "noyau/error.hpp"
#include "train/networks.hpp"

namespace noyau::io {
namespace {

using testing::HasSubstr;

const std::string kFile = std::string(NOYAU_TEST_DATA) + "/zip/small.zip";

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string expected_big() {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += char('0' + i % 7);
  return text;
}

class Zip : public testing::Test {
 protected:
  /// Unpacks everything; the text of the error, or empty.
  std::string unpack_all(const std::string& path, std::uint64_t most = 1 << 20) {
    try {
      const InputFile file(path);
      for (const ZipMember& member : read_zip(file))
        unpack_member(file, member, most, folder_ / "out");
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
  std::string write(const std::string& bytes) {
    std::ofstream(folder_ / "x.zip", std::ios::binary) << bytes;
    return folder_ / "x.zip";
  }

  training::TemporaryFolder folder_;
};

TEST_F(Zip, UnpacksStoredAndDeflatedMembers) {
  const InputFile file(kFile);
  const std::vector<ZipMember> members = read_zip(file);
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].name, "stored.txt");
  EXPECT_FALSE(members[0].deflated);
  EXPECT_EQ(read_member(file, members[0], 10), "abc");
  EXPECT_TRUE(members[1].deflated);
  EXPECT_LT(members[1].stored, 1000u);
  unpack_member(file, members[0], 10, folder_ / "a");
  unpack_member(file, members[1], 100000, folder_ / "b");
  EXPECT_EQ(bytes_of(folder_ / "a"), "abc");
  EXPECT_EQ(bytes_of(folder_ / "b"), expected_big());
}

TEST_F(Zip, SaysWhatIsTooLargeBeforeAnythingIsWritten) {
  EXPECT_THAT(unpack_all(kFile, 99999), HasSubstr("at most 99999"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "b"));
}

TEST_F(Zip, EveryCutIsRefused) {
  const std::string whole = bytes_of(kFile);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(unpack_all(write(whole.substr(0, size))), "") << size;
}

// Names, times and comments may change; the bytes of a member may not.
TEST_F(Zip, EveryChangedByteIsNoticedOrHarmless) {
  const std::string whole = bytes_of(kFile);
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const int change : {1, 64, 255}) {
      std::string changed = whole;
      changed[i] = char(changed[i] ^ change);
      if (unpack_all(write(changed)).empty()) {
        EXPECT_EQ(bytes_of(folder_ / "out"), expected_big()) << i;
      }
    }
}

}  // namespace
}  // namespace noyau::io
