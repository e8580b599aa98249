#include <map>
#include <utility>
#include <vector>

#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

// What a batch_norm reads.
enum Input : std::size_t { kX, kWeight, kBias, kRunningMean, kRunningVar, kResidual };

}  // namespace

Graph split_norms(const Graph& graph) {
  Edit edit(graph);
  std::vector<std::pair<int, Node>> statistics;
  for (std::size_t i = 0; i < edit.slots.size(); ++i) {
    const Node& norm = graph.nodes()[i];
    if (norm.op != "batch_norm" || !norm.get<bool>("training")) continue;
    const auto& in = norm.inputs;
    const auto& out = norm.outputs;  // y, mean, inv_std, scale
    statistics.emplace_back(int(i),
                            Node{.op = "batch_norm_statistics",
                                 .name = norm.name + ".statistics",
                                 .inputs = {in[kX], in[kWeight], in[kRunningMean], in[kRunningVar]},
                                 .outputs = {out[1], out[2], out[3]},
                                 .attributes = {{"eps", norm.get<double>("eps")},
                                                {"momentum", norm.get<double>("momentum")}}});
    edit.slots[i] = Node{.op = "batch_norm_apply",
                         .name = norm.name,
                         .inputs = {in[kX], out[1], out[3], in[kBias], in[kResidual]},
                         .outputs = {out[0]},
                         .attributes = {{"activation", norm.get<std::string>("activation")}}};
  }
  edit.slots.insert(std::move(statistics));
  return edit.build();
}

Graph join_statistics(const Graph& graph) {
  Edit edit(graph);
  // Of each value the node whose outputs are its mean and inv_std.
  std::map<ValueId, const Node*> known;
  for (std::size_t i = 0; i < edit.slots.size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (node.op != "batch_norm_statistics") continue;
    const ValueId x = node.inputs[0];
    const auto first = known.emplace(x, &node).first->second;
    const int from = edit.producer(x);
    if (from < 0 || first != &node) continue;
    const Node& concat = graph.nodes()[std::size_t(from)];
    if (concat.op != "concat" || concat.inputs.size() != 2) continue;
    const auto found = known.find(concat.inputs[0]);
    if (found == known.end()) continue;
    const Node& before = *found->second;
    if (before.get<double>("eps") != node.get<double>("eps")) continue;
    edit.slots[i] = Node{.op = "batch_norm_statistics_join",
                         .name = node.name,
                         .inputs = {before.outputs[0], before.outputs[1], concat.inputs[1],
                                    node.inputs[1], node.inputs[2], node.inputs[3]},
                         .outputs = node.outputs,
                         .attributes = node.attributes};
  }
  return edit.build();
}

}  // namespace noyau::passes
