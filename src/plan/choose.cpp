#include "plan/choose.hpp"

#include <string>
#include <utility>

#include "noyau/error.hpp"

namespace noyau::plan {

const kernels::Kernel* choose(std::string_view family, const kernels::Problem& problem,
                              std::vector<Refusal>& refused) {
  for (const kernels::Kernel& kernel : kernels::family(family)) {
    std::string reason = kernel.refuse == nullptr ? "" : kernel.refuse(problem);
    if (reason.empty()) return &kernel;
    refused.push_back({kernel.name, std::move(reason)});
  }
  throw Error(ErrorCode::internal, std::string(family), "every kernel refuses",
              "a reference kernel that accepts all");
}

bool has_constant_weights(const Graph& graph, const Node& node, const Options& options) {
  return options.constant_weights && node.inputs.size() > 1 &&
         graph.value(node.inputs[1]).kind == ValueKind::parameter;
}

kernels::Problem under(const Options& options, const Graph& graph, const Node& node,
                       kernels::Problem problem) {
  if (auto* conv = std::get_if<kernels::Conv>(&problem)) {
    conv->numerics = options.numerics;
    conv->constant_weights = has_constant_weights(graph, node, options);
  }
  return problem;
}

}  // namespace noyau::plan
