#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/input_file.hpp"

namespace noyau::io {

/// A file within a ZIP archive, stored without compression.
struct ZipMember {
  std::string name;
  std::uint64_t offset = 0;  ///< of its first byte in the archive
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
};

/// The members of an archive, by its central directory (APPNOTE 6.3, with ZIP64). Throws
/// Error(corrupt_file) where directory and members disagree, overlap or lie outside of the file,
/// and for two members of one name; Error(unsupported) for compressed or encrypted members.
std::vector<ZipMember> read_zip(const InputFile& file);

/// The bytes of a member, checked by its CRC-32. Throws Error(unsupported) above `most` bytes,
/// Error(corrupt_file).
std::string read_member(const InputFile& file, const ZipMember& member, std::uint64_t most);

}  // namespace noyau::io
