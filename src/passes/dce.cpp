#include <algorithm>

#include "ops/ops.hpp"
#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {

Graph dce(const Graph& graph) {
  Edit edit(graph);
  std::vector<bool> needed(graph.values().size(), false);
  for (const auto& output : graph.outputs()) needed[std::size_t(output.second)] = true;
  for (std::size_t i = edit.slots.size(); i-- > 0;) {
    const Node& node = *edit.slots[i];
    const bool used = std::any_of(node.outputs.begin(), node.outputs.end(),
                                  [&](ValueId v) { return needed[std::size_t(v)]; });
    if (!used && ops::mutated_inputs(node).empty()) {
      edit.slots[i].reset();
      continue;
    }
    for (const ValueId v : node.inputs)
      if (v != kNoValue) needed[std::size_t(v)] = true;
  }
  return edit.build();
}

}  // namespace noyau::passes
