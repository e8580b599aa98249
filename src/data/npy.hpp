#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "noyau/data.hpp"

namespace noyau::data {

/// Extents of a picture or volume; 0 in all = not known.
struct Extents {
  std::int64_t depth = 0, height = 0, width = 0, channels = 0;
  bool operator==(const Extents&) const = default;
};

/// The header of an NPY file (NumPy's format, versions 1 to 3): uint8 numbers in C order, with axes
/// [height, width], [height, width, channels] where the last is 1 or 3, [depth, height, width] or
/// [depth, height, width, channels]. Throws Error(corrupt_file, unsupported) naming `where`.
Extents npy_extents(std::span<const std::uint8_t> bytes, const std::string& where);

/// The whole file. Throws as npy_extents, and Error(corrupt_file) when numbers are missing.
Image decode_npy(std::span<const std::uint8_t> bytes, const std::string& where);

}  // namespace noyau::data
