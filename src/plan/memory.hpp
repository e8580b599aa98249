#pragma once

#include <cstddef>
#include <vector>

#include "plan/plan.hpp"

namespace noyau::plan {

/// Gives every block an offset such that no two that are alive at the same call overlap, largest
/// first into the lowest gap; returns the bytes of the arena. Offsets are multiples of 64.
std::size_t place_blocks(std::vector<Block>& blocks);

}  // namespace noyau::plan
