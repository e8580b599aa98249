#include "api/weight_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "api/ensemble_notes.hpp"
#include "io/match.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "noyau/weight_store.hpp"
#include "train/parameter_groups.hpp"

namespace noyau::api {
namespace {

using Source = std::variant<training::Checkpoint, io::SafetensorsReader, io::PytorchReader>;

std::string file_of(const std::string& text) {
  const std::string path = resolve_weights(text);
  if (!is_run(path)) return path;
  const std::string best = path + "/weights/best.noyau";
  std::error_code ignored;
  return std::filesystem::exists(best, ignored) ? best : path + "/weights/last.noyau";
}

Source open(const std::string& path) {
  if (path.ends_with(".safetensors")) return io::SafetensorsReader(path);
  if (path.ends_with(".pth") || path.ends_with(".pt")) return io::PytorchReader(path);
  return training::load_checkpoint(path);
}

TensorInfo info_of(const std::pair<std::string, Tensor>& entry) {
  const auto extents = entry.second.shape().extents();
  return {entry.first, "F32", {extents.begin(), extents.end()}};
}

TensorInfo info_of(const io::StoredTensor& tensor) {
  return {tensor.name, std::string(io::to_string(tensor.type)), tensor.shape};
}

/// A linear layer may be stored as a convolution.
Tensor with_shape(Tensor tensor, const Shape& shape) {
  if (tensor.shape() == shape) return tensor;
  Tensor result(shape);
  std::memcpy(result.raw(), tensor.raw(), result.bytes());
  return result;
}

}  // namespace

WeightFile::WeightFile(const std::string& path)
    : path_(file_of(path)), source_(std::make_shared<const Source>(open(path_))) {
  if (const auto* checkpoint = std::get_if<training::Checkpoint>(source_.get())) {
    for (const auto& entry : checkpoint->weights) tensors_.push_back(info_of(entry));
    notes_ = checkpoint->notes;
  } else if (const auto* pytorch = std::get_if<io::PytorchReader>(source_.get())) {
    for (const auto& tensor : pytorch->tensors()) tensors_.push_back(info_of(tensor));
  } else {
    const io::SafetensorsHeader& header = std::get<io::SafetensorsReader>(*source_).header();
    for (const auto& tensor : header.tensors) tensors_.push_back(info_of(tensor));
    notes_ = header.metadata;
  }
  for (std::size_t i = 0; i < tensors_.size(); ++i) places_.emplace(tensors_[i].name, i);
  members_ = ensemble_members(notes_, path_);
}

WeightFile WeightFile::member(std::int64_t index) const {
  if (members_ == 1) return *this;
  WeightFile one = *this;
  one.members_ = 1;
  one.notes_ = member_notes(notes_, index);
  one.tensors_.clear();
  one.places_.clear();
  const std::string prefix = member_prefix(index);
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (!tensors_[i].name.starts_with(prefix)) continue;
    TensorInfo info = tensors_[i];
    info.name.erase(0, prefix.size());
    one.places_.emplace(info.name, i);
    one.tensors_.push_back(std::move(info));
  }
  return one;
}

Tensor WeightFile::read(const std::string& name, bool allow_not_finite) const {
  const std::size_t place = places_.at(name);
  if (const auto* checkpoint = std::get_if<training::Checkpoint>(source_.get()))
    return checkpoint->weights[place].second;
  const auto policy = allow_not_finite ? io::NotFinite::allow : io::NotFinite::refuse;
  if (const auto* pytorch = std::get_if<io::PytorchReader>(source_.get()))
    return pytorch->read(pytorch->tensors()[place], policy);
  const auto& reader = std::get<io::SafetensorsReader>(*source_);
  return reader.read(reader.header().tensors[place], policy);
}

WeightMatch check_weights(const WeightFile& file, const Graph& graph, bool ignore_mismatched) {
  WeightMatch match = io::match_weights(io::expected_tensors(graph), file.tensors());
  if (!ignore_mismatched || match.matching.empty())
    io::require_complete(
        match, file.path(),
        match.matching.empty()
            ? "is it another architecture?"
            : "another architecture or number of classes? In training, --ignore-mismatched "
              "keeps the first values of what does not fit");
  return match;
}

bool only_head_differs(const WeightMatch& match, const Graph& graph) {
  if (match.matching.empty() || !match.unexpected.empty()) return false;
  const auto stage_of = training::stages(graph);
  std::int64_t last = 0;
  for (const auto& [name, stage] : stage_of) last = std::max(last, stage);
  const auto of_head = [&](const auto& tensor) {
    const auto found = stage_of.find(tensor.name);
    return found != stage_of.end() && found->second == last;
  };
  return std::ranges::all_of(match.missing, of_head) &&
         std::ranges::all_of(match.misshapen, of_head);
}

WeightMatch load_weights(const WeightFile& file, const Graph& graph, const WeightOptions& options,
                         runtime::Weights& weights) {
  WeightMatch match = check_weights(file, graph, options.ignore_mismatched);
  for (std::size_t i = 0; i < match.matching.size(); ++i) {
    const std::string& name = match.matching[i];
    weights.set(name, with_shape(file.read(match.sources[i], options.allow_not_finite),
                                 weights.at(name).shape()));
  }
  return match;
}

}  // namespace noyau::api
