#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "api/network.hpp"
#include "io/pytorch/reader.hpp"
#include "io/safetensors/reader.hpp"
#include "noyau/graph.hpp"
#include "noyau/model.hpp"
#include "noyau/weights.hpp"
#include "runtime/weights.hpp"
#include "train/checkpoint.hpp"

namespace noyau::api {

/// Named tensors of a checkpoint of noyau, of a safetensors file or of a file of torch.save, or
/// those of one member of an ensemble (noyau/ensemble.hpp), whose names begin with its number
/// there.
class WeightFile {
 public:
  /// `path` is a run folder (its best weights), a .noyau, .safetensors, .pth or .pt file, or a name
  /// that `resolve_weights` knows. Throws Error(io, corrupt_file, unsupported).
  explicit WeightFile(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<TensorInfo>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& notes() const { return notes_; }
  /// How many networks the file holds; 1 unless it is an ensemble.
  std::int64_t members() const { return members_; }
  /// The file as if it held that network alone.
  WeightFile member(std::int64_t index) const;
  /// As f32. Throws Error(corrupt_file) for numbers that are not finite unless these are allowed.
  Tensor read(const std::string& name, bool allow_not_finite) const;

 private:
  using Source = std::variant<training::Checkpoint, io::SafetensorsReader, io::PytorchReader>;

  std::string path_;
  std::shared_ptr<const Source> source_;
  std::map<std::string, std::string> notes_;
  std::int64_t members_ = 1;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::size_t> places_;  ///< of the tensors in their file
};

/// The network of the file: what its card says, with what `options` set in place of it. Files
/// without a card get the network that `find_network` finds where `options` name none, numbered
/// classes, as many as its head has where `options` do not say, and what such weights are usually
/// trained with (`foreign_card.cpp`). Throws Error(unsupported).
ModelCard card_of(const WeightFile& file, const ModelOptions& options);

/// The one architecture of the zoo that the file's tensors fit by name and shape, the number of
/// classes aside. Throws Error(unsupported) with the nearest where there is none or more than one.
std::string find_network(const WeightFile& file);

/// How many classes the file's head has: those of the network, or, where nothing but the last layer
/// has another shape, what that says.
std::int64_t classes_of_head(const WeightMatch& match, std::int64_t classes);

/// What of the file fits the graph. Throws Error(shape_mismatch) where tensors are missing,
/// mis-shaped or unknown and `ignore_mismatched` is not set, and where nothing fits at all.
WeightMatch check_weights(const WeightFile& file, const Graph& graph, bool ignore_mismatched);

/// True when nothing is unknown and all that does not fit is of the last stage of the network: a
/// new head, for other classes.
bool only_head_differs(const WeightMatch& match, const Graph& graph);

/// `check_weights`, then copies what fits into `weights`.
WeightMatch load_weights(const WeightFile& file, const Graph& graph, const WeightOptions& options,
                         runtime::Weights& weights);

}  // namespace noyau::api
