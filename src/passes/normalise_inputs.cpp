#include <utility>

#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {

Graph normalise_inputs(const Graph& graph,
                       const std::function<bool(const Graph&, const Node&)>& takes) {
  Edit edit(graph);
  for (std::size_t i = 0; i < edit.slots.size(); ++i) {
    const Node& apply = graph.nodes()[i];
    if (apply.op != "batch_norm_apply" || edit.readers(apply.outputs[0]) != 1) continue;
    const auto at = std::size_t(edit.next_reader(apply.outputs[0]));
    if (at == edit.slots.size()) continue;  // a graph output
    Node gradient = graph.nodes()[at];
    if (gradient.op != "conv_grad_weight" || gradient.inputs[0] != apply.outputs[0]) continue;
    gradient.inputs = {apply.inputs[0], gradient.inputs[1], apply.inputs[1], apply.inputs[2],
                       apply.inputs[3]};
    gradient.attributes.insert_or_assign("input_activation", apply.get<std::string>("activation"));
    if (!takes(graph, gradient)) continue;
    edit.slots[at] = std::move(gradient);
    edit.slots[i].reset();
  }
  return edit.build();
}

}  // namespace noyau::passes
