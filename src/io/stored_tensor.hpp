#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/input_file.hpp"
#include "noyau/tensor.hpp"

namespace noyau::io {

/// Element types of weight files that can be listed.
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

/// One tensor of a file: where its bytes lie, from a place that the format says.
struct StoredTensor {
  std::string name;
  StoredType type = StoredType::f32;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
  /// Elements from one to the next along each axis, none of them beyond `end`; empty = row-major.
  std::vector<std::int64_t> stride = {};
};

/// What to do with NaN and infinity among weights.
enum class NotFinite : std::uint8_t { refuse, allow };

/// The tensor whose bytes lie at `base` + its begin, little-endian, as row-major f32. Throws
/// Error(unsupported) for integers and for more than 6 axes, Error(corrupt_file) with a count for
/// numbers that are not finite and for a file that has been cut short.
Tensor read_stored(const InputFile& file, std::uint64_t base, const StoredTensor& tensor,
                   NotFinite policy);

}  // namespace noyau::io
