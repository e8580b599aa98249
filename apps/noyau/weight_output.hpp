#pragma once

#include <noyau/weight_store.hpp>
#include <noyau/weights.hpp>
#include <string>

#include "output.hpp"

namespace noyau::cli {

/// How a file fits a network: a line with the count and one for each kind of difference.
std::string match_text(const WeightMatch& match);
Json match_json(const WeightMatch& match);
Json json_of(const TensorInfo& tensor);
Json json_of(const MisshapenTensor& tensor);
Json json_of(const StoredWeights& weights);

}  // namespace noyau::cli
