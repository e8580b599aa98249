#include "base/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "base/random.hpp"

namespace noyau {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as little-endian");

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][b]: the remainder of byte b followed by k zero bytes ("slicing by eight").
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0u);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t b = 0; b < 256; ++b) {
      tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 255];
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
  crc = ~crc;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][(word >> (8 * k)) & 255];
  }
  for (const std::byte b : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ std::uint32_t(b)) & 255];
  return ~crc;
}

void StreamChecksum::add(std::span<const std::byte> bytes) {
  const auto push = [this](std::byte b) {
    word_ |= std::uint64_t(b) << (8 * (length_ % 8));
    if (++length_ % 8 != 0) return;
    state_ = mix64(state_ + word_);
    word_ = 0;
  };
  while (!bytes.empty() && length_ % 8 != 0) {
    push(bytes.front());
    bytes = bytes.subspan(1);
  }
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    state_ = mix64(state_ + word);
    length_ += 8;
  }
  for (const std::byte b : bytes) push(b);
}

std::uint64_t StreamChecksum::value() const { return mix64(mix64(state_ + word_) + length_); }

}  // namespace noyau
