#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace noyau {

/// CRC32C (Castagnoli, RFC 3720) of `bytes`, going on from an earlier part's `crc`.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

/// A 64-bit checksum over a stream: each 8-byte word is mixed into the state by a bijection, so no
/// single changed word goes unnoticed. The result does not depend on how the stream is cut.
class StreamChecksum {
 public:
  void add(std::span<const std::byte> bytes);
  std::uint64_t value() const;

 private:
  std::uint64_t state_ = 0, word_ = 0, length_ = 0;
};

}  // namespace noyau
