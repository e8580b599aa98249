#pragma once

#include <cstddef>
#include <string_view>

namespace noyau {

/// How many letters have to be put in, left out or replaced to turn `a` into `b` (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace noyau
