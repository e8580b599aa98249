#include "train/freeze.hpp"

#include <algorithm>
#include <cstdint>
#include <set>

#include "train/parameter_groups.hpp"

namespace noyau::training {
namespace {

/// For each value the last stage that had a part in it; -1 for the input.
std::vector<std::int64_t> last_stages(const Graph& graph) {
  const auto stage_of = stages(graph);
  std::vector<std::int64_t> last(graph.values().size(), -1);
  for (std::size_t i = 0; i < last.size(); ++i)
    if (const auto found = stage_of.find(graph.values()[i].name); found != stage_of.end())
      last[i] = found->second;
  for (const Node& node : graph.nodes()) {
    std::int64_t most = -1;
    for (const ValueId v : node.inputs)
      if (v != kNoValue) most = std::max(most, last[std::size_t(v)]);
    for (const ValueId v : node.outputs) last[std::size_t(v)] = most;
  }
  return last;
}

}  // namespace

std::vector<std::string> stage_inputs(const Graph& graph) {
  const std::vector<std::int64_t> last = last_stages(graph);
  const std::int64_t count = last.empty() ? 0 : *std::ranges::max_element(last) + 1;
  std::vector<std::set<ValueId>> crossing(std::size_t(std::max<std::int64_t>(count, 0)));
  for (const Node& node : graph.nodes())
    for (const ValueId v : node.inputs) {
      if (v == kNoValue) continue;
      const ValueKind kind = graph.value(v).kind;
      if (kind == ValueKind::parameter || kind == ValueKind::state) continue;
      // What stage a made and stage b reads crosses the borders ahead of a + 1 ... b.
      const std::int64_t to = last[std::size_t(node.outputs.front())];
      for (std::int64_t k = last[std::size_t(v)] + 1; k <= to; ++k)
        crossing[std::size_t(k)].insert(v);
    }
  std::vector<std::string> names(crossing.size());
  for (std::size_t k = 1; k < crossing.size(); ++k)
    if (crossing[k].size() == 1) names[k] = graph.value(*crossing[k].begin()).name;
  return names;
}

}  // namespace noyau::training
