#pragma once

#include <span>
#include <vector>

#include "data/check/examine.hpp"

namespace noyau::data {

/// Groups of pictures with the same bytes, or that differ in at most `near` bits of their hash and
/// in next to nothing at 32 x 32 pixels. Leaks first.
std::vector<DuplicateGroup> find_duplicates(std::span<const Examined> pictures, int near);

}  // namespace noyau::data
