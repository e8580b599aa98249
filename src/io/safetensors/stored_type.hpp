#pragma once

#include <array>
#include <string_view>

#include "io/safetensors/header.hpp"

namespace noyau::io {

struct StoredTypeRow {
  StoredType type;
  std::string_view name;
  std::size_t bytes;
  bool floating;
};

/// Every type, in the order of StoredType.
inline constexpr std::array<StoredTypeRow, 13> kStoredTypes{{
    {StoredType::f64, "F64", 8, true},
    {StoredType::f32, "F32", 4, true},
    {StoredType::f16, "F16", 2, true},
    {StoredType::bf16, "BF16", 2, true},
    {StoredType::i64, "I64", 8, false},
    {StoredType::i32, "I32", 4, false},
    {StoredType::i16, "I16", 2, false},
    {StoredType::i8, "I8", 1, false},
    {StoredType::u64, "U64", 8, false},
    {StoredType::u32, "U32", 4, false},
    {StoredType::u16, "U16", 2, false},
    {StoredType::u8, "U8", 1, false},
    {StoredType::boolean, "BOOL", 1, false},
}};

}  // namespace noyau::io
