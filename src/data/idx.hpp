#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace noyau::data {

/// The contents of an IDX file of unsigned bytes (the format of MNIST), gzipped or not.
struct IdxArray {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> bytes;
};

/// Throws Error(io) when the file cannot be read and Error(corrupt_file) when magic number, element
/// type, rank or extents are wrong, or the bytes are too few or too many.
IdxArray read_idx(const std::string& path, int rank);

}  // namespace noyau::data
