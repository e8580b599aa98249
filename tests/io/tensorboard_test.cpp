// Event files against bytes that TensorBoard itself wrote, and against a full disk.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "io/tensorboard/event_file.hpp"
#include "noyau/error.hpp"

namespace noyau::io {
namespace {

std::string hexadecimal(const std::vector<std::byte>& bytes) {
  std::string text;
  for (const std::byte b : bytes) {
    text += "0123456789abcdef"[int(b) >> 4];
    text += "0123456789abcdef"[int(b) & 15];
  }
  return text;
}

std::size_t size_of(const std::string& path) { return std::filesystem::file_size(path); }

class EventFolder : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(path_); }
  void TearDown() override { std::filesystem::remove_all(path_); }
  std::string path_ = testing::TempDir() + "events_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST(EventRecord, HasTheBytesOfTensorBoard) {
  EXPECT_EQ(hexadecimal(encode_record(encode_version(1700000000.5))),
            "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b35"
            "3110");
  const Scalars scalars{
      .wall_time = 1700000001.25, .step = 300, .values = {{"loss/train", 0.5f}, {"lr", 0.1f}}};
  EXPECT_EQ(hexadecimal(encode_record(encode_event(scalars))),
            "2c00000000000000f4aecc450900005040fc54d94110ac022a1e0a110a0a6c6f73732f747261"
            "696e150000003f0a090a026c7215cdcccc3d7dbaec37");
}

TEST_F(EventFolder, GrowsByWholeRecords) {
  EventFile file(path_, 1700000000);
  const Scalars scalars{.wall_time = 1, .step = 2, .values = {{"a", 3.0f}}};
  const std::size_t head = size_of(file.path());
  file.write(scalars);
  const std::size_t record = encode_record(encode_event(scalars)).size();
  EXPECT_EQ(size_of(file.path()), head + record);
  file.write(scalars);
  EXPECT_EQ(size_of(file.path()), head + 2 * record);
}

TEST_F(EventFolder, KeepsTheFilesThatAreThere) {
  const EventFile first(path_, 1700000000), second(path_, 1700000000);
  EXPECT_NE(first.path(), second.path());
  EXPECT_LT(first.path(), second.path());
}

TEST(EventFile, NamesTheFolderThatIsNotThere) {
  try {
    const EventFile file("/no/such/folder", 0);
    FAIL() << "made a file in a folder that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_NE(std::string(error.what()).find("/no/such/folder"), std::string::npos);
  }
}

}  // namespace
}  // namespace noyau::io
