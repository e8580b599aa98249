#pragma once

#include <cstdint>
#include <string_view>

namespace noyau {

/// How convolutions and linear layers may be computed for speed. Each gives the same bits for any
/// number of threads.
///   exact  every product of a convolution is formed and added
///   fast   convolutions of 3x3 pixels at stride 1 may use Winograd's sums (Lavin and Gray 2016):
///          F(2x2, 3x3) in the forward pass, with rounding errors below those of exact; F(4x4, 3x3)
///          in the gradients, with about twice (input) and five times (weights) those of exact
///   bf16   what is multiplied may be rounded to bfloat16, 8 bits of precision; sums, and all that
///          is kept, stay f32. Where Winograd's sums are faster, they are used as in fast. Needs a
///          processor with AVX512_BF16
enum class Numerics : std::uint8_t { exact, fast, bf16 };

/// "exact", "fast", "bf16". `parse_numerics` throws Error(invalid_argument) for anything else.
std::string_view to_string(Numerics numerics);
Numerics parse_numerics(std::string_view name);

}  // namespace noyau
