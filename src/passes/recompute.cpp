#include <algorithm>
#include <utility>
#include <vector>

#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

class Recomputer {
 public:
  explicit Recomputer(const Graph& graph) : edit_(graph), backward_(first_gradient()) {}

  Graph run() {
    for (std::size_t i = 0; i < backward_; ++i)
      if (may_repeat(*std::as_const(edit_.slots)[i])) repeat(i);
    edit_.slots.insert(std::move(again_));
    return edit_.build();
  }

 private:
  // Where the backward pass begins; the number of slots when there is none.
  std::size_t first_gradient() const {
    const auto first = std::find_if(edit_.slots.begin(), edit_.slots.end(), [](const auto& slot) {
      return slot->op.find("_grad") != std::string::npos;
    });
    return std::size_t(first - edit_.slots.begin());
  }

  bool is_output(ValueId v) const {
    return std::any_of(edit_.outputs.begin(), edit_.outputs.end(),
                       [&](const auto& output) { return output.second == v; });
  }

  // A residual would have to be kept for it.
  static bool may_repeat(const Node& node) {
    return node.op == "batch_norm_apply" && node.inputs[4] == kNoValue;
  }

  // Computes y again ahead of its first reader in the backward pass, where x is still needed
  // afterwards: else keeping x would cost what freeing y gains. Where nothing reads y before, it is
  // computed there only.
  void repeat(std::size_t slot) {
    const Node apply = *std::as_const(edit_.slots)[slot];
    const ValueId x = apply.inputs[0], y = apply.outputs[0];
    const int reader = edit_.next_reader(y, int(backward_));
    const auto slots = int(edit_.slots.size());
    if (is_output(y) || reader == slots || edit_.next_reader(x, reader + 1) == slots) return;
    Node again = apply;
    if (edit_.next_reader(y) == reader) {
      edit_.slots[slot].reset();
    } else {
      Value value = edit_.values[std::size_t(y)];
      value.name += ".again";
      again.name += ".again";
      again.outputs = {edit_.add_value(std::move(value))};
      for (int i = reader; i < slots; i = edit_.next_reader(y, i + 1)) {
        auto& inputs = edit_.slots[std::size_t(i)]->inputs;
        std::replace(inputs.begin(), inputs.end(), y, again.outputs[0]);
      }
    }
    again_.emplace_back(reader, std::move(again));
  }

  Edit edit_;
  std::size_t backward_;
  std::vector<std::pair<int, Node>> again_;  ///< with the slot that each goes ahead of
};

}  // namespace

Graph recompute(const Graph& graph) { return Recomputer(graph).run(); }

}  // namespace noyau::passes
