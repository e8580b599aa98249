#pragma once

#include <cstdint>
#include <vector>

#include "noyau/graph.hpp"

namespace noyau::api {

/// The receptive field of each value of a graph by id: how many positions of the input "x", along
/// its longest axis, one element depends on; kWholeInput where it is all of them. Dumoulin and
/// Visin 2016, A guide to convolution arithmetic for deep learning.
std::vector<std::int64_t> receptive_fields(const Graph& graph);

}  // namespace noyau::api
