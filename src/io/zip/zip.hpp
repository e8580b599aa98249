#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/input_file.hpp"

namespace noyau::io {

/// A file within a ZIP archive.
struct ZipMember {
  std::string name;
  std::uint64_t offset = 0;  ///< of its first byte in the archive
  std::uint64_t size = 0;    ///< of the file
  std::uint32_t crc = 0;     ///< of the file
  bool deflated = false;     ///< RFC 1951; otherwise stored as it is
  std::uint64_t stored = 0;  ///< bytes that it takes in the archive
};

/// The members of an archive, by its central directory (APPNOTE 6.3, with ZIP64). Throws
/// Error(corrupt_file) where directory and members disagree, overlap or lie outside of the file,
/// and for two members of one name; Error(unsupported) for encrypted members and for other
/// compression than deflate.
std::vector<ZipMember> read_zip(const InputFile& file);

/// The bytes of a member that is not compressed, checked by its CRC-32. Throws Error(unsupported)
/// above `most` bytes and for a compressed one, Error(corrupt_file).
std::string read_member(const InputFile& file, const ZipMember& member, std::uint64_t most);

/// Writes a member to a file of its own, which appears when it is whole. Throws Error(unsupported)
/// above `most` bytes, Error(corrupt_file) where size or CRC-32 differ from the directory,
/// Error(io).
void unpack_member(const InputFile& file, const ZipMember& member, std::uint64_t most,
                   const std::string& path);

}  // namespace noyau::io
