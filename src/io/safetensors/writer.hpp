#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "noyau/tensor.hpp"

namespace noyau::io {

/// Names and f32 tensors, borrowed.
using TensorList = std::vector<std::pair<std::string, const Tensor*>>;

/// Writes a safetensors file with {"format": "pt"} and `metadata`. It appears under `path` only
/// when whole and synced. Throws Error(invalid_argument) for a name that is there twice or not
/// UTF-8, Error(io).
void write_safetensors(const std::string& path, const TensorList& tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace noyau::io
