#pragma once

#include <span>
#include <string>

#include "data/check/union_find.hpp"
#include "noyau/check.hpp"

namespace noyau::data {

/// Joins the pictures that `rule` (SplitOptions::group) says belong together; returns how many it
/// says nothing about. Throws Error(invalid_argument) for a rule that cannot be read.
std::int64_t join_alike(std::span<const PictureFacts> pictures, const std::string& rule,
                        UnionFind& groups);

}  // namespace noyau::data
