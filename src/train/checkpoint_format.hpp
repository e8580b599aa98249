#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "train/checkpoint.hpp"

/// The container, all numbers little-endian:
///   prefix   8 bytes "NOYAUCK\n", u32 version, u32 CRC32C of the header, u64 header bytes
///   header   position, seed, best, plateau, history, notes, then per tensor its role, name, type,
///            shape, CRC
///   tensors  their elements, back to back, in the header's order
///   footer   u64 StreamChecksum of all bytes before it
/// Text is a u32 length and its bytes; lists are a u32 count and their items. Version 1 had no
/// plateau and called the momentum of a parameter by the parameter's name alone.
namespace noyau::training {

inline constexpr std::array<char, 8> kMagic = {'N', 'O', 'Y', 'A', 'U', 'C', 'K', '\n'};
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::size_t kPrefixBytes = 24;
inline constexpr std::size_t kFooterBytes = 8;
inline constexpr std::uint64_t kMostHeaderBytes = std::uint64_t(64) << 20;

/// A tensor as the header announces it.
struct TensorEntry {
  enum class Role : std::uint8_t { weight, buffer };
  Role role = Role::weight;
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  std::uint32_t crc = 0;
  std::uint64_t bytes = 0;  ///< follows from type and shape
};

/// The header of a file: everything but the elements. `checkpoint` holds no tensors.
struct Header {
  Checkpoint checkpoint;
  std::vector<TensorEntry> tensors;
};

std::vector<std::byte> encode_header(const Checkpoint& checkpoint,
                                     const std::vector<TensorEntry>& tensors);
/// Reads the header of a file of `version`, 1 or 2. Throws Error(corrupt_file) naming `path` and
/// the offset in it.
Header decode_header(const std::vector<std::byte>& bytes, std::uint32_t version,
                     const std::string& path);

/// Throws Error(corrupt_file) whose `where` is "path:section@offset".
[[noreturn]] void fail_corrupt(const std::string& path, const std::string& section,
                               std::uint64_t offset, const std::string& got,
                               const std::string& expected);

}  // namespace noyau::training
