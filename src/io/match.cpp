#include "io/match.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/nearest_names.hpp"
#include "io/naming/naming.hpp"
#include "noyau/error.hpp"

namespace noyau {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

namespace io {
namespace {

constexpr std::size_t kShown = 10;
constexpr std::size_t kMostCompared = 2000;  // names that a missing one is compared with

bool is_counter(std::string_view name) { return name.ends_with("num_batches_tracked"); }

bool is_auxiliary(std::string_view name) {
  constexpr std::array<std::string_view, 3> kHeads{"aux1.", "aux2.", "AuxLogits."};
  return std::any_of(kHeads.begin(), kHeads.end(),
                     [&](std::string_view head) { return name.starts_with(head); });
}

/// "", "model.", "model.net.": what all names begin with, up to a dot.
std::vector<std::string> common_prefixes(const std::vector<TensorInfo>& tensors) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string> prefixes{""};
  while (!tensors.empty() && prefixes.size() < kMost) {
    const std::string& name = tensors.front().name;
    const std::size_t dot = name.find('.', prefixes.back().size());
    if (dot == std::string::npos) break;
    const std::string prefix = name.substr(0, dot + 1);
    if (!std::ranges::all_of(tensors, [&](const auto& t) { return t.name.starts_with(prefix); }))
      break;
    prefixes.push_back(prefix);
  }
  return prefixes;
}

/// Row-major, a matrix [out, in] and a kernel [out, channels, height, width] over all of its input
/// are the same numbers.
bool holds_same_numbers(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  if (a == b) return true;
  if (a.size() > b.size()) return holds_same_numbers(b, a);
  if (a.size() != 2 || b.size() != 4 || a[0] != b[0]) return false;
  std::int64_t left = a[1];
  for (const std::int64_t extent : std::span(b).subspan(1)) {
    if (extent < 1 || left % extent != 0) return false;
    left /= extent;
  }
  return left == 1;
}

/// `names` are those of the expected tensors in the file, behind `prefix`.
WeightMatch match_names(const std::vector<TensorInfo>& expected,
                        const std::vector<std::string>& names, const std::vector<TensorInfo>& found,
                        const std::string& prefix) {
  std::unordered_map<std::string_view, const TensorInfo*> given;
  for (const TensorInfo& tensor : found)
    given.emplace(std::string_view(tensor.name).substr(prefix.size()), &tensor);
  const std::unordered_set<std::string_view> wanted(names.begin(), names.end());
  WeightMatch match;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const TensorInfo& tensor = expected[i];
    const auto place = given.find(names[i]);
    if (place == given.end()) {
      match.missing.push_back(tensor);
    } else if (!holds_same_numbers(place->second->shape, tensor.shape)) {
      match.misshapen.push_back({tensor.name, tensor.shape, place->second->shape});
    } else {
      match.matching.push_back(tensor.name);
      match.sources.push_back(place->second->name);
    }
  }
  for (const TensorInfo& tensor : found) {
    const std::string_view name = std::string_view(tensor.name).substr(prefix.size());
    if (wanted.contains(name) || is_counter(name)) continue;
    (is_auxiliary(name) ? match.auxiliary : match.unexpected).push_back(tensor);
  }
  return match;
}

std::vector<std::string> names_of(const std::vector<TensorInfo>& tensors) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : tensors)
    if (names.size() < kMostCompared) names.push_back(tensor.name);
  return names;
}

/// "3 missing: fc.weight 10x64 (nearest: head.weight), ...".
template <class Tensor, class Describe>
std::string list(const char* what, const std::vector<Tensor>& tensors, const Describe& describe) {
  if (tensors.empty()) return {};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(kShown, tensors.size()); ++i)
    parts.push_back(describe(tensors[i]));
  if (tensors.size() > kShown) parts.push_back(fmt::format("{} more", tensors.size() - kShown));
  return fmt::format("{} {}: {}", tensors.size(), what, fmt::join(parts, ", "));
}

std::string describe_with_nearest(const TensorInfo& tensor, const std::vector<std::string>& names) {
  const std::vector<std::string> nearest = nearest_names(tensor.name, names);
  const std::string text = tensor.name + " " + shape_text(tensor.shape);
  return nearest.empty() ? text : fmt::format("{} (nearest: {})", text, nearest[0]);
}

}  // namespace

std::vector<TensorInfo> expected_tensors(const Graph& graph) {
  std::vector<TensorInfo> tensors;
  for (const Value& value : graph.values()) {
    if (value.kind != ValueKind::parameter && value.kind != ValueKind::state) continue;
    const auto extents = value.type.shape.extents();
    tensors.push_back({value.name, "F32", {extents.begin(), extents.end()}});
  }
  return tensors;
}

WeightMatch match_weights(const std::vector<TensorInfo>& expected,
                          const std::vector<TensorInfo>& found) {
  std::vector<std::string> ours;
  for (const TensorInfo& tensor : expected) ours.push_back(tensor.name);
  std::optional<WeightMatch> best;
  for (const std::string& prefix : common_prefixes(found))
    for (const NamingScheme& scheme : naming_schemes()) {
      WeightMatch match = match_names(expected, scheme.rename(ours), found, prefix);
      if (best && match.matching.size() <= best->matching.size()) continue;
      match.naming = scheme.name;
      best = std::move(match);
      if (best->complete()) return *best;
    }
  return *best;
}

void require_complete(const WeightMatch& match, const std::string& path, const std::string& hint) {
  if (match.complete()) return;
  const std::vector<std::string> unexpected = names_of(match.unexpected);
  const std::vector<std::string> missing = names_of(match.missing);
  const std::string parts[] = {
      list("missing", match.missing,
           [&](const TensorInfo& t) { return describe_with_nearest(t, unexpected); }),
      list("of another shape", match.misshapen,
           [](const MisshapenTensor& t) {
             return fmt::format("{} {}, not {}", t.name, shape_text(t.found),
                                shape_text(t.expected));
           }),
      list("unexpected", match.unexpected,
           [&](const TensorInfo& t) { return describe_with_nearest(t, missing); })};
  std::string text = "does not fit the network";
  for (const std::string& part : parts)
    if (!part.empty()) text += "; " + part;
  throw Error(ErrorCode::shape_mismatch, path, text,
              fmt::format("{} tensors, {} of them match",
                          match.matching.size() + match.missing.size() + match.misshapen.size(),
                          match.matching.size()),
              hint);
}

}  // namespace io
}  // namespace noyau
