#include <algorithm>
#include <string>
#include <utility>

#include "noyau/error.hpp"
#include "ops/ops.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

class Autodiff {
 public:
  explicit Autodiff(const Graph& graph) : graph_(graph), nodes_(graph.nodes().size()) {}

  Graph run(std::string_view output, const std::vector<std::string>& wrt,
            std::string_view cotangent) {
    const ValueId from = graph_.output(output);
    if (from == kNoValue)
      throw Error(ErrorCode::invalid_argument, "autodiff", "no output " + std::string(output));
    const std::vector<ValueId> targets = find_targets(wrt);
    find_needed(targets);
    accumulate(from, seed(output, from, cotangent));
    for (std::size_t i = nodes_; i-- > 0;) differentiate(i);
    for (const ValueId target : targets) {
      const std::string name = graph_.value(target).name;
      if (cotangent_of(target) == kNoValue)
        throw Error(ErrorCode::invalid_argument, name, "no gradient",
                    "a value that " + std::string(output) + " depends on");
      graph_.set_output("grad:" + name, cotangent_of(target));
    }
    return std::move(graph_);
  }

 private:
  std::vector<ValueId> find_targets(const std::vector<std::string>& wrt) const {
    std::vector<ValueId> targets;
    for (const std::string& name : wrt) {
      targets.push_back(graph_.find(name));
      if (targets.back() == kNoValue)
        throw Error(ErrorCode::invalid_argument, "autodiff", "no value " + name);
    }
    if (!wrt.empty()) return targets;
    for (std::size_t v = 0; v < graph_.values().size(); ++v)
      if (graph_.values()[v].kind == ValueKind::parameter) targets.push_back(ValueId(v));
    return targets;
  }

  // needed_[v]: some target influences v, so v's cotangent is worth computing.
  void find_needed(const std::vector<ValueId>& targets) {
    needed_.assign(graph_.values().size(), false);
    for (const ValueId target : targets) needed_[std::size_t(target)] = true;
    for (const Node& node : graph_.nodes())
      if (std::any_of(node.inputs.begin(), node.inputs.end(), [&](auto v) { return needed(v); }))
        for (const ValueId v : node.outputs) needed_[std::size_t(v)] = true;
  }
  bool needed(ValueId v) const { return v != kNoValue && needed_[std::size_t(v)]; }

  ValueId seed(std::string_view output, ValueId from, std::string_view cotangent) {
    const ValueType type = graph_.type(from);
    if (!cotangent.empty()) return graph_.add_input(std::string(cotangent), type);
    const auto extents = type.shape.extents();
    return ops::append(graph_, "constant", "one:" + std::string(output), {},
                       {{"value", 1.0},
                        {"shape", std::vector<std::int64_t>(extents.begin(), extents.end())},
                        {"dtype", std::string(to_string(type.dtype))}})[0];
  }

  ValueId cotangent_of(ValueId v) const {
    return std::size_t(v) < cotangents_.size() ? cotangents_[std::size_t(v)] : kNoValue;
  }

  // Nodes are walked in reverse order, so sums of cotangents have one fixed order.
  void accumulate(ValueId v, ValueId cotangent) {
    if (cotangents_.size() <= std::size_t(v)) cotangents_.resize(std::size_t(v) + 1, kNoValue);
    ValueId& slot = cotangents_[std::size_t(v)];
    slot = slot == kNoValue ? cotangent
                            : ops::append(graph_, "add", graph_.value(v).name + ".grad_sum",
                                          {slot, cotangent})[0];
  }

  void differentiate(std::size_t index) {
    ir::VjpArgs args{graph_, graph_.nodes()[index], {}, {}};
    for (const ValueId v : args.node.outputs) args.cotangents.push_back(cotangent_of(v));
    for (const ValueId v : args.node.inputs) args.wants.push_back(needed(v));
    const auto absent = [](ValueId v) { return v == kNoValue; };
    if (std::all_of(args.cotangents.begin(), args.cotangents.end(), absent)) return;
    if (std::find(args.wants.begin(), args.wants.end(), true) == args.wants.end()) return;
    const auto vjp = ops::find(args.node.op).vjp;
    if (vjp == nullptr || args.cotangents[0] == kNoValue)
      throw Error(ErrorCode::unsupported, args.node.op + " " + args.node.name,
                  "no gradient passes through", "an op with a gradient");
    const auto cotangents = vjp(args);
    for (std::size_t i = 0; i < cotangents.size(); ++i)
      if (cotangents[i] != kNoValue && args.wants[i])
        accumulate(args.node.inputs[i], cotangents[i]);
  }

  Graph graph_;
  std::size_t nodes_;  ///< of the forward part
  std::vector<bool> needed_;
  std::vector<ValueId> cotangents_;
};

}  // namespace

Graph autodiff(const Graph& graph, std::string_view output, const std::vector<std::string>& wrt,
               std::string_view cotangent) {
  return Autodiff(graph).run(output, wrt, cotangent);
}

}  // namespace noyau::passes
