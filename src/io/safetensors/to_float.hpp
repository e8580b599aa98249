#pragma once

#include <cstddef>
#include <span>

#include "io/safetensors/header.hpp"

namespace noyau::io {

/// Converts stored elements of a floating type; doubles are rounded to nearest. `stored` holds
/// `numbers.size()` elements.
void to_float(StoredType type, std::span<const std::byte> stored, std::span<float> numbers);

}  // namespace noyau::io
