#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/model.hpp"
#include "noyau/weights.hpp"

/// Weights that this machine keeps under names, for prediction and as the start of training.
namespace noyau {

/// Where they are: $NOYAU_WEIGHTS, else $XDG_DATA_HOME/noyau/weights, else
/// ~/.local/share/noyau/weights. Throws Error(io) where none of these is set.
std::string weights_folder();

/// One file of that folder.
struct StoredWeights {
  std::string name, path, model;
  std::int64_t bytes = 0, classes = 0;
  WeightOrigin origin;
};

/// In the order of their names; files that are not of noyau are left out. Throws Error(io).
std::vector<StoredWeights> stored_weights();

/// The file of weights that `text` names: `text` itself where it is a path, else that of a name in
/// the weights folder. Throws Error(io) for a name that is not there, with the nearest ones or the
/// command that brings it.
std::string resolve_weights(const std::string& text);

/// How pictures were prepared and layers computed when weights were trained; what is unset is as
/// usual for the network and for the names in the file.
struct TrainedWith {
  std::vector<double> mean, deviation;  ///< one for each channel, in units of 0..1
  std::optional<Interpolation> interpolation;
  std::optional<double> crop_fraction;
  std::optional<bool> same_padding;  ///< see nn::Conventions
  std::optional<double> norm_eps;
};

struct ImportOptions {
  /// The network; an empty name means the one of the zoo that the tensors fit.
  ModelOptions network;
  std::string name;  ///< to keep them under; empty = the network's
  /// "auto": ImageNet's names where a file without names has 1,000 classes, else numbers;
  /// "imagenet", "numbers", or a text file with one name a line.
  std::string class_names = "auto";
  TrainedWith trained_with;
  WeightOrigin origin;   ///< an empty source means the file
  bool replace = false;  ///< other weights of that name
};

/// Checks a weight file of any kind and copies it to the weights folder, with all that prediction
/// needs. Throws as `Model::from_weights`, Error(invalid_argument) for settings out of range and
/// names that are taken, Error(io).
StoredWeights import_weights(const std::string& path, const ImportOptions& options);

}  // namespace noyau
