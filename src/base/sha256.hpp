#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace noyau {

/// SHA-256 (FIPS 180-4) over a stream.
class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);
  /// 64 hexadecimal digits, lower case, of all that was added. Ends the stream.
  std::string digest();

 private:
  void mix(const std::byte* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> block_{};
  std::uint64_t length_ = 0;  ///< bytes
};

/// Of a file. Throws Error(io) naming the path.
std::string sha256_of_file(const std::string& path);

}  // namespace noyau
