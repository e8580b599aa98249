#pragma once

#include <span>
#include <vector>

#include "data/check/examine.hpp"

namespace noyau::data {

/// What is worth a look, unreadable files first. `skipped`: files that were left out on opening.
std::vector<Issue> find_issues(std::span<const Examined> pictures,
                               const std::vector<Skipped>& skipped);

}  // namespace noyau::data
