#include "runtime/lower.hpp"

#include "passes/passes.hpp"

namespace noyau::runtime {

Graph lower_training(const Graph& differentiated, const plan::Options& options, Memory memory) {
  const Graph whole =
      passes::join_statistics(passes::split_norms(passes::dce(passes::fuse(differentiated))));
  const auto takes = [&](const Graph& graph, const Node& node) {
    return plan::takes_norms(graph, node, options);
  };
  return passes::recompute(passes::carry_norms(whole, takes), memory);
}

}  // namespace noyau::runtime
