#pragma once

#include <cstdint>
#include <functional>
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
  std::optional<Interpolation> interpolation = {};
  std::optional<double> crop_fraction = {};
  std::optional<bool> same_padding = {};  ///< see nn::Conventions
  std::optional<double> norm_eps = {};
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

/// Published weights that `get_weights` knows of, from the list in the build and the file
/// $NOYAU_REGISTRY (docs/weights.md).
struct OfferedWeights {
  std::string name, model;
  std::string address;     ///< empty where they are published in a package only
  std::int64_t bytes = 0;  ///< to fetch; 0 = not known
  WeightOrigin origin;     ///< the SHA-256 is that of the file to fetch
  bool here = false;       ///< weights of that name are in the folder
};

/// Throws Error(io, invalid_argument) for a damaged $NOYAU_REGISTRY.
std::vector<OfferedWeights> offered_weights();

struct GetOptions {
  /// In place of the addresses: the folder or address below which the files are; empty =
  /// $NOYAU_MIRROR, if that is set.
  std::string mirror;
  bool replace = false;  ///< as in ImportOptions
  /// Told now and then; `all` is 0 where it is not known.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

/// Fetches published weights and imports them, unless they are here; a transfer that was cut off
/// goes on where it ended. Throws Error(invalid_argument) for an unknown name, Error(corrupt_file)
/// for bytes with another SHA-256, Error(io, unsupported) where nothing can be fetched.
StoredWeights get_weights(const std::string& name, const GetOptions& options);

}  // namespace noyau
