#include <utility>

#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {

Graph normalise_inputs(const Graph& graph,
                       const std::function<bool(const Graph&, const Node&)>& takes) {
  Edit edit(graph);
  for (auto& slot : edit.slots) {
    if (slot->op != "batch_norm_apply" || edit.readers(slot->outputs[0]) != 1) continue;
    const auto at = std::size_t(edit.next_reader(slot->outputs[0]));
    if (at == edit.slots.size()) continue;  // a graph output
    Node gradient = *edit.slots[at];
    if (gradient.op != "conv_grad_weight" || gradient.inputs[0] != slot->outputs[0]) continue;
    gradient.inputs = {slot->inputs[0], gradient.inputs[1], slot->inputs[1], slot->inputs[2],
                       slot->inputs[3]};
    gradient.attributes.insert_or_assign("input_activation", slot->get<std::string>("activation"));
    if (!takes(graph, gradient)) continue;
    edit.slots[at] = std::move(gradient);
    slot.reset();
  }
  return edit.build();
}

}  // namespace noyau::passes
