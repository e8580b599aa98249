#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace noyau::io {

/// Element types of safetensors files that can be listed.
enum class StoredType : std::uint8_t {
  f64,
  f32,
  f16,
  bf16,
  i64,
  i32,
  i16,
  i8,
  u64,
  u32,
  u16,
  u8,
  boolean
};

std::size_t size_of(StoredType type);
/// "F32", as the file spells it.
std::string_view to_string(StoredType type);
/// True for the types that hold weights; the others hold counters and masks.
bool is_floating(StoredType type);

/// One tensor of a header: where its bytes lie behind the header.
struct StoredTensor {
  std::string name;
  StoredType type = StoredType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

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
