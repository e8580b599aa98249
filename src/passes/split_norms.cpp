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

}  // namespace noyau::passes
