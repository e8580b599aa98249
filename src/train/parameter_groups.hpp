#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "noyau/graph.hpp"

namespace noyau::training {

/// How parameters are told apart.
struct GroupOptions {
  double weight_decay = 0;
  bool decay_norms_and_biases = false;  ///< else only tensors of two or more axes decay
  double layer_decay = 1;  ///< each earlier stage has the rate times this; 1 = all the same
};

/// What is particular to one parameter.
struct ParameterGroup {
  double weight_decay = 0;
  double rate_scale = 1;  ///< multiplies the learning rate
  bool operator==(const ParameterGroup&) const = default;
};

/// Throws Error(invalid_argument) naming the field that is out of range.
void check(const GroupOptions& options);

/// The stage of each parameter of `graph`, from 0. Names tell it: a stage is the name up to its
/// first component with a digit ("layer1", "blocks.3", "features.0"), or without digits its first
/// component ("fc"), in the order of the graph. A norm or bias that stands for itself ("bn1" beside
/// "conv1", "features.1" beside "features.0") is of the stage before it. Auxiliary classifiers
/// ("aux1") are of the last stage, as the head is.
std::map<std::string, std::int64_t> stages(const Graph& graph);

/// The group of each parameter of `graph`. Rates that fall from the head to the stem are Howard and
/// Ruder 2018, "Universal Language Model Fine-tuning for Text Classification", and Clark et al.
/// 2020, "ELECTRA".
std::map<std::string, ParameterGroup> parameter_groups(const Graph& graph,
                                                       const GroupOptions& options);

}  // namespace noyau::training
