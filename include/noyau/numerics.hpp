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
///   int8   inference only: what is multiplied is rounded to integers of 8 bits, each picture with
///          the range of its own numbers, weights with one per output channel; sums are exact in 32
///          bits, and what is kept stays f32. Needs a processor with AVX512_VNNI
enum class Numerics : std::uint8_t { exact, fast, bf16, int8 };

/// "exact", "fast", "bf16", "int8". `parse_numerics` throws Error(invalid_argument) for anything
/// else.
std::string_view to_string(Numerics numerics);
Numerics parse_numerics(std::string_view name);
/// Throws Error(invalid_argument) for int8, which knows no gradients.
void expect_training(Numerics numerics);

}  // namespace noyau
