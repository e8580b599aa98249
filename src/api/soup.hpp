#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "api/member.hpp"

namespace noyau::api {

/// Means of weights (Wortsman et al. 2022), see EnsembleOptions::soup.
enum class Soup : std::uint8_t { none, uniform, greedy };
/// Throws Error(invalid_argument) listing the names.
Soup parse_soup(std::string_view name);

/// One network with the mean of the members' weights and running statistics. A greedy soup judges
/// by the validation part of `data`. Throws Error(shape_mismatch) for members of different networks
/// or preprocessing, Error(invalid_argument) where a greedy one finds no validation part.
Member cook(Soup soup, std::vector<Member>& members, const Dataset& data, ThreadPool& pool);

}  // namespace noyau::api
