#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/graph.hpp"
#include "noyau/loss.hpp"
#include "noyau/model.hpp"

namespace noyau::api {

/// What the classifier of a network of the zoo reads.
enum class Head : std::uint8_t {
  last,   ///< the features of its last stage, as the architecture says
  stages  ///< those of all stages, see `with_stage_head`
};
std::string_view to_string(Head head);
/// Throws Error(invalid_argument) listing the names.
Head parse_head(std::string_view name);

/// Which network, from the zoo or from the caller, and what it is fed with.
struct NetworkSpec {
  std::string model;
  Network network;  ///< empty: a model of the zoo
  InputSize input;
  std::int64_t classes = 0;
  bool zero_gamma = false;  ///< how the weights of a new network start, see zoo::NetworkOptions
  nn::Regularisation regularisation = {};  ///< of the training graph alone
  bool aux_heads = true;  ///< in training, the auxiliary classifiers of networks that have them
  nn::Conventions conventions = {};  ///< of the weights
  Head head = Head::last;
};

/// Input "x", output "logits", running statistics. Throws Error(invalid_argument, shape_mismatch).
Graph build_inference(const NetworkSpec& spec, std::int64_t batch);
/// Also the inputs of the loss (nn::add_loss_inputs) and output "loss", with batch statistics.
/// Throws Error(invalid_argument) too for regularisation that no layer of the network can serve.
Graph build_training(const NetworkSpec& spec, std::int64_t batch,
                     const nn::LossSettings& loss = {});

/// The zoo's spec with the defaults of its entry filled in.
NetworkSpec spec_of(const ModelOptions& options);

/// Multiply-adds of one forward pass of the whole batch.
std::int64_t count_macs(const Graph& graph);
/// Trainable numbers.
std::int64_t count_parameters(const Graph& graph);

/// What a checkpoint says about its network, beside the tensors.
struct ModelCard {
  std::string model;
  bool zoo = true;  ///< false: built by the program that trained it
  Task task = Task::classes;
  std::vector<std::string> classes;  ///< names of the classes, labels or values
  InputSize input;
  Normalisation normalisation;
  ValueScale values;  ///< task values: its outputs times deviation plus mean are the values
  bool named = true;  ///< false: the classes are only numbers
  nn::Conventions conventions = {};  ///< that the weights were trained with
  Head head = Head::last;
  WeightOrigin origin = {};  ///< of weights that others trained
};

/// The network that a card describes; `network` builds one outside the zoo.
NetworkSpec spec_of_card(const ModelCard& card, const Network& network = {});

/// The notes of a checkpoint; `read_card` throws Error(corrupt_file) naming `path`.
bool has_card(const std::map<std::string, std::string>& notes);
void write_card(const ModelCard& card, std::map<std::string, std::string>& notes);
ModelCard read_card(const std::map<std::string, std::string>& notes, const std::string& path);

}  // namespace noyau::api
