#pragma once

#include <cstdint>
#include <string_view>

namespace noyau {

/// How sums may be rearranged for speed. Both give the same bits for any number of threads.
///   exact  every product of a convolution is formed and added
///   fast   convolutions of 3x3 pixels at stride 1 may use Winograd's sums (Lavin and Gray 2016):
///          F(2x2, 3x3) in the forward pass, with rounding errors below those of exact; F(4x4, 3x3)
///          in the gradients, with about twice (input) and five times (weights) those of exact
enum class Numerics : std::uint8_t { exact, fast };

/// "exact", "fast". `parse_numerics` throws Error(invalid_argument) for anything else.
std::string_view to_string(Numerics numerics);
Numerics parse_numerics(std::string_view name);

}  // namespace noyau
