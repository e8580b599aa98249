#include "train/parameter_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>
#include <vector>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

bool has_digit(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// "layer1.0.conv1" -> "layer1", "features.0" -> "features.0", "fc" -> "fc".
std::string_view stage_name(std::string_view layer) {
  std::size_t begin = 0;
  while (begin < layer.size()) {
    const std::size_t end = std::min(layer.find('.', begin), layer.size());
    if (has_digit(layer.substr(begin, end - begin))) return layer.substr(0, end);
    begin = end + 1;
  }
  return layer.substr(0, layer.find('.'));
}

bool is_auxiliary(std::string_view stage) {
  return stage.starts_with("aux") || stage.starts_with("Aux");
}

void require(bool holds, const char* field, double got, const char* expected) {
  if (holds) return;
  throw Error(ErrorCode::invalid_argument, field, fmt::format("{}", got), expected);
}

}  // namespace

void check(const GroupOptions& o) {
  require(std::isfinite(o.weight_decay) && o.weight_decay >= 0, "weight_decay", o.weight_decay,
          "a finite number, 0 or more");
  require(o.layer_decay > 0 && o.layer_decay <= 1, "layer_decay", o.layer_decay,
          "above 0, at most 1");
}

std::map<std::string, std::int64_t> stages(const Graph& graph) {
  std::map<std::string, std::int64_t> result;
  std::map<std::string, std::int64_t, std::less<>> known;
  std::vector<std::string> heads;
  std::int64_t last = -1;
  for (const Value& value : graph.values()) {
    if (value.kind != ValueKind::parameter) continue;
    const std::string_view name = value.name;
    const std::string_view layer = name.substr(0, name.rfind('.'));
    const std::string_view stage = stage_name(layer);
    if (is_auxiliary(stage)) {
      heads.push_back(value.name);
      continue;
    }
    const bool alone = stage == layer && value.type.shape.rank() < 2;
    if (const auto found = known.find(stage); found != known.end()) {
      result[value.name] = found->second;
    } else if (alone && last >= 0) {
      result[value.name] = known[std::string(stage)] = last;
    } else {
      result[value.name] = known[std::string(stage)] = ++last;
    }
  }
  for (const std::string& name : heads) result[name] = std::max<std::int64_t>(last, 0);
  return result;
}

std::map<std::string, ParameterGroup> parameter_groups(const Graph& graph,
                                                       const GroupOptions& options) {
  check(options);
  const auto stage_of = stages(graph);
  std::int64_t last = 0;
  for (const auto& [name, stage] : stage_of) last = std::max(last, stage);
  std::map<std::string, ParameterGroup> groups;
  for (const Value& value : graph.values()) {
    if (value.kind != ValueKind::parameter) continue;
    const bool decays = options.decay_norms_and_biases || value.type.shape.rank() > 1;
    const auto before_last = double(last - stage_of.at(value.name));
    groups[value.name] = {.weight_decay = decays ? options.weight_decay : 0.0,
                          .rate_scale = std::pow(options.layer_decay, before_last)};
  }
  return groups;
}

}  // namespace noyau::training
