#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors/header.hpp"

namespace noyau::io {

/// Throws Error(corrupt_file) at "path:name".
[[noreturn]] void fail_tensor(const std::string& path, std::string_view name,
                              const std::string& got, const std::string& expected);

/// Throws where two tensors share a name.
void check_names(const std::vector<StoredTensor>& tensors, const std::string& path);

/// Brings the tensors into the order of their bytes. Throws where bytes and shape disagree, where
/// tensors overlap or leave a hole, and where they do not end with the data.
void sort_by_offset(std::vector<StoredTensor>& tensors, std::uint64_t data_bytes,
                    const std::string& path);

}  // namespace noyau::io
