#pragma once

#include <string>

#include "io/input_file.hpp"
#include "io/safetensors/header.hpp"
#include "noyau/tensor.hpp"

namespace noyau::io {

/// A safetensors file (github.com/huggingface/safetensors): a header, then the elements of all
/// tensors, little-endian and row-major.
class SafetensorsReader {
 public:
  /// Reads and checks the header. Throws Error(io), Error(corrupt_file) naming path and tensor,
  /// Error(unsupported) for unknown types.
  explicit SafetensorsReader(const std::string& path);

  const SafetensorsHeader& header() const { return header_; }

  /// One tensor of `header()` as f32. Throws Error(unsupported) for integers and for more than 6
  /// axes, Error(corrupt_file) with a count for numbers that are not finite and for a file that
  /// has been cut short since.
  Tensor read(const StoredTensor& tensor, NotFinite policy = NotFinite::refuse) const;

 private:
  InputFile file_;
  std::uint64_t data_begin_ = 0;
  SafetensorsHeader header_;
};

}  // namespace noyau::io
