#pragma once

#include <vector>

#include "data/augment/kind.hpp"

namespace noyau::data {

/// True when one of the steps mixes the pictures of a batch.
bool mixes(const std::vector<Step>& steps);

/// Mixes each picture with the one at the same place from the other end of the batch, by one of the
/// steps that mix, and mixes the rows of `batch.targets` alike. Drawn from (seed, epoch,
/// step) alone; the steps are equally likely.
void mix(Batch& batch, const std::vector<Step>& steps, std::uint64_t seed);

}  // namespace noyau::data
