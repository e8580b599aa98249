#include "weight_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <noyau/error.hpp>

namespace noyau::cli {
namespace {

constexpr std::size_t kShown = 10;

std::string describe(const TensorInfo& tensor) {
  return fmt::format("{} {}", escaped(tensor.name), shape_text(tensor.shape));
}

std::string describe(const MisshapenTensor& tensor) {
  return fmt::format("{} {}, not {}", escaped(tensor.name), shape_text(tensor.found),
                     shape_text(tensor.expected));
}

/// "  3 missing (first values kept): a 1x2; b 3; c 4".
template <class Tensor>
std::string line(const char* what, const std::vector<Tensor>& tensors) {
  if (tensors.empty()) return {};
  std::string text = fmt::format("  {} {}:", tensors.size(), what);
  for (std::size_t i = 0; i < std::min(kShown, tensors.size()); ++i)
    text += fmt::format("{} {}", i > 0 ? ";" : "", describe(tensors[i]));
  if (tensors.size() > kShown) text += fmt::format("; {} more", tensors.size() - kShown);
  return text + "\n";
}

template <class Tensor>
Json list(const std::vector<Tensor>& tensors) {
  Json list = Json::array();
  for (const Tensor& tensor : tensors) list.push_back(json_of(tensor));
  return list;
}

}  // namespace

std::string match_text(const WeightMatch& match) {
  const std::string naming =
      match.naming == "noyau" ? "" : fmt::format(", under the names of {}", match.naming);
  return fmt::format("  {} tensors fit{}\n", match.matching.size(), naming) +
         line("missing in the file", match.missing) +
         line("of another shape in the file", match.misshapen) +
         line("unknown to the network", match.unexpected) +
         line("of auxiliary heads, left out", match.auxiliary);
}

Json json_of(const TensorInfo& tensor) {
  return {{"name", tensor.name}, {"dtype", tensor.dtype}, {"shape", tensor.shape}};
}

Json json_of(const MisshapenTensor& tensor) {
  return {{"name", tensor.name}, {"expected", tensor.expected}, {"found", tensor.found}};
}

Json json_of(const StoredWeights& weights) {
  return {{"name", weights.name},
          {"model", weights.model},
          {"classes", weights.classes},
          {"bytes", weights.bytes},
          {"path", weights.path},
          {"licence", weights.origin.licence},
          {"source", weights.origin.source},
          {"sha256", weights.origin.sha256}};
}

Json match_json(const WeightMatch& match) {
  return {{"fits", match.complete()},           {"naming", match.naming},
          {"matching", match.matching},         {"missing", list(match.missing)},
          {"misshapen", list(match.misshapen)}, {"unexpected", list(match.unexpected)},
          {"auxiliary", list(match.auxiliary)}};
}

}  // namespace noyau::cli
