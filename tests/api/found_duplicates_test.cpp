#include "api/found_duplicates.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "api/cli/program.hpp"
#include "base/random.hpp"

namespace noyau::api {
namespace {

/// 32 x 32 pixels of blocks drawn by `seed`, as numpy.save writes them.
void write_blocks(const std::string& path, std::uint64_t seed) {
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (32, 32), }";
  header.resize(117, ' ');
  std::string bytes = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  std::uint8_t blocks[8][8];
  Random random(seed, 0, 0);
  for (auto& row : blocks)
    for (std::uint8_t& block : row) block = std::uint8_t(random.below(256));
  for (std::size_t y = 0; y < 32; ++y)
    for (std::size_t x = 0; x < 32; ++x) bytes += char(blocks[y / 4][x / 4]);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  test::write_text(path, bytes);
}

TEST(FoundDuplicates, AreShownWithPartClassAndWhatIsWrong) {
  const test::Folder folder;
  for (std::uint64_t i = 0; i < 4; ++i) {
    write_blocks(folder / ("train/cat/" + std::to_string(i) + ".npy"), i);
    write_blocks(folder / ("train/dog/" + std::to_string(i) + ".npy"), 10 + i);
    write_blocks(folder / ("test/cat/" + std::to_string(i) + ".npy"), 20 + i);
    write_blocks(folder / ("test/dog/" + std::to_string(i) + ".npy"), 30 + i);
  }
  write_blocks(folder / "test/dog/again.npy", 2);
  ReportInput report;
  add_duplicates(report, Dataset::open(folder.path(), {.val_fraction = 0}), 1);
  ASSERT_EQ(report.duplicates.size(), 1u);
  EXPECT_EQ(report.duplicates_total, 1);
  const PictureGroup& group = report.duplicates[0];
  EXPECT_EQ(group.note, "the same files, in several parts, under several labels");
  ASSERT_EQ(group.pictures.size(), 2u);
  EXPECT_EQ(group.pictures[0].source, "train/cat/2.npy");
  EXPECT_EQ(group.pictures[0].place, "train, cat");
  EXPECT_EQ(group.pictures[1].place, "test, dog");
  EXPECT_EQ(group.pictures[1].picture.width, 32);
}

}  // namespace
}  // namespace noyau::api
