#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/stored_tensor.hpp"

namespace noyau::io {

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  ///< in the order of their bytes, without gap or overlap
  std::map<std::string, std::string> metadata;
};

/// Headers above this are refused, as the format says.
inline constexpr std::uint64_t kMostHeaderBytes = 100'000'000;

/// Reads the JSON of a header whose file has `data_bytes` bytes behind it, and checks that the
/// tensors fill these exactly. Throws Error(corrupt_file) naming `path` and the tensor or the
/// offset, Error(unsupported) for a type that is not in the list.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           const std::string& path);

}  // namespace noyau::io
