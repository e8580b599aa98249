// The time of a picture, and the EXIF block in files, whole and damaged.

#include "data/exif.hpp"

#include <gtest/gtest.h>

#include "data/pictures.hpp"

namespace noyau::data {
namespace {

using test::Bytes;

void put(Bytes& bytes, std::uint32_t number, int size, bool big_endian) {
  for (int i = 0; i < size; ++i)
    bytes.push_back(std::uint8_t(number >> 8 * (big_endian ? size - 1 - i : i)));
}

/// IFD0 with a pointer to an Exif directory that holds DateTimeOriginal.
Bytes block_of(const std::string& time, bool big_endian) {
  Bytes bytes = big_endian ? Bytes{'M', 'M'} : Bytes{'I', 'I'};
  const auto add = [&](std::uint32_t number, int size) { put(bytes, number, size, big_endian); };
  add(42, 2);
  add(8, 4);
  add(1, 2);  // at 8: one entry
  add(0x8769, 2), add(4, 2), add(1, 4), add(26, 4);
  add(0, 4);  // no next directory
  add(1, 2);  // at 26
  add(0x9003, 2), add(2, 2), add(std::uint32_t(time.size() + 1), 4), add(44, 4);
  add(0, 4);
  bytes.insert(bytes.end(), time.begin(), time.end());  // at 44
  bytes.push_back(0);
  return bytes;
}

TEST(ExifTime, IsReadInBothByteOrders) {
  for (const bool big_endian : {false, true}) {
    EXPECT_EQ(exif_time(block_of("1970:01:02 00:00:01", big_endian)), 86401);
    EXPECT_EQ(exif_time(block_of("2024:02:29 23:59:59", big_endian)), 1709251199);
  }
}

TEST(ExifTime, OfDamagedBlocksIsNothing) {
  for (const char* text : {"2024:02:30 10:00:00", "2024-02-02 10:00:00", "2024:02:02 25:00:00",
                           "0000:00:00 00:00:00", "    :  :     :  :  ", "2024:02:02", ""})
    EXPECT_EQ(exif_time(block_of(text, true)), std::nullopt) << text;
  const Bytes good = block_of("2024:02:29 23:59:59", false);
  for (std::size_t cut = 0; cut + 1 < good.size(); ++cut)
    EXPECT_EQ(exif_time(std::span(good).first(cut)), std::nullopt) << cut;
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const int value : {0, 1, 0x7F, 0xFF}) {
      Bytes bad = good;
      bad[at] = std::uint8_t(value);
      exif_time(bad);  // reads nothing outside, which the sanitisers see
    }
}

TEST(FindExif, ReturnsTheBlockOfAJpeg) {
  const Bytes block = block_of("2024:02:29 23:59:59", true);
  const Bytes file = test::encode_jpeg(test::smooth(16, 16, 3), {.exif = block});
  const auto found = find_exif(file);
  EXPECT_EQ(Bytes(found.begin(), found.end()), block);
  for (std::size_t cut = 0; cut < file.size(); ++cut) find_exif(std::span(file).first(cut));
  EXPECT_TRUE(find_exif(test::encode_jpeg(test::smooth(16, 16, 3))).empty());
}

TEST(FindExif, ReturnsTheBlockOfAPng) {
  const Bytes block = block_of("2024:02:29 23:59:59", true);
  Bytes file = test::encode_png(test::smooth(16, 16, 3));
  EXPECT_TRUE(find_exif(file).empty());
  Bytes chunk;
  put(chunk, std::uint32_t(block.size()), 4, true);
  chunk.insert(chunk.end(), {'e', 'X', 'I', 'f'});
  chunk.insert(chunk.end(), block.begin(), block.end());
  put(chunk, 0, 4, true);                                      // a checksum that nobody compares
  file.insert(file.begin() + 33, chunk.begin(), chunk.end());  // behind IHDR
  const auto found = find_exif(file);
  EXPECT_EQ(Bytes(found.begin(), found.end()), block);
  for (std::size_t cut = 0; cut < file.size(); ++cut) find_exif(std::span(file).first(cut));
  file[33] = 0xFF;  // a chunk longer than the file
  EXPECT_TRUE(find_exif(file).empty());
}

}  // namespace
}  // namespace noyau::data
