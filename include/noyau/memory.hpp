#pragma once

#include <cstdint>
#include <string_view>

namespace noyau {

/// What a training step keeps for its backward pass.
///   normal  everything but the outputs of batch norms that cost next to nothing to compute again
///   low     less memory for a few per cent more time: whatever is cheap to compute again from what
///           is kept anyway (sums, products, activations, concatenations, average pools, norms with
///           a residual). The same bits as normal.
enum class Memory : std::uint8_t { normal, low };

/// "normal", "low". `parse_memory` throws Error(invalid_argument) for anything else.
std::string_view to_string(Memory memory);
Memory parse_memory(std::string_view name);

}  // namespace noyau
