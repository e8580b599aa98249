#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

// Ops that memory limits.
constexpr std::array<std::string_view, 14> kCheap = {
    "batch_norm_apply", "add",     "mul",          "concat",
    "slice_channels",   "relu",    "relu6",        "leaky_relu",
    "hard_swish",       "sigmoid", "hard_sigmoid", "prelu",
    "avg_pool",         "resize"};

class Recomputer {
 public:
  Recomputer(const Graph& graph, Memory memory)
      : edit_(graph),
        memory_(memory),
        backward_(first_gradient()),
        slots_(int(edit_.slots.size())),
        repeated_readers_(graph.values().size()),
        sharing_(graph.values().size(), 0) {}

  Graph run() {
    for (std::size_t i = 0; i < backward_; ++i)
      if (may_repeat(node(i)))
        for (const ValueId x : computed_inputs(node(i))) ++sharing_[std::size_t(x)];
    // From the end: what a repeated node reads may be repeated too, ahead of it.
    for (std::size_t i = backward_; i-- > 0;)
      if (may_repeat(node(i)) && pays(node(i))) repeat(i);
    std::reverse(again_.begin(), again_.end());
    edit_.slots.insert(std::move(again_));
    return edit_.build();
  }

 private:
  const Node& node(std::size_t slot) const { return *edit_.slots[slot]; }

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

  bool may_repeat(const Node& n) const {
    if (memory_ == Memory::normal)  // a residual would have to be kept for it
      return n.op == "batch_norm_apply" && n.inputs[4] == kNoValue;
    return std::find(kCheap.begin(), kCheap.end(), n.op) != kCheap.end();
  }

  std::vector<ValueId> computed_inputs(const Node& n) const {
    std::vector<ValueId> inputs;
    for (const ValueId v : n.inputs)
      if (v != kNoValue && edit_.producer(v) >= 0 &&
          std::find(inputs.begin(), inputs.end(), v) == inputs.end())
        inputs.push_back(v);
    return inputs;
  }

  double bytes(ValueId v) const {
    const ValueType& type = edit_.values[std::size_t(v)].type;
    return double(type.shape.elements()) * double(size_of(type.dtype));
  }

  // In the backward pass, repeated nodes included.
  int first_reader(ValueId v) const {
    int first = edit_.next_reader(v, int(backward_));
    for (const std::size_t i : repeated_readers_[std::size_t(v)])
      first = std::min(first, again_[i].first);
    return first;
  }

  // Whether less has to be kept when y is computed again ahead of its first reader in the backward
  // pass. An input that is free by then would be kept for it, a cost that all share who repeat from
  // that input.
  bool pays(const Node& n) const {
    const ValueId y = n.outputs[0];
    const int reader = first_reader(y);
    if (reader == slots_ || is_output(y)) return false;
    double cost = 0;
    for (const ValueId x : computed_inputs(n))
      if (edit_.next_reader(x, reader + 1) == slots_)
        cost += bytes(x) / double(sharing_[std::size_t(x)]);
    return cost < bytes(y);
  }

  static void rename_input(Node& n, ValueId from, ValueId to) {
    std::replace(n.inputs.begin(), n.inputs.end(), from, to);
  }

  // Where nothing reads y before, it is computed there only.
  void repeat(std::size_t slot) {
    Node again = node(slot);
    const ValueId y = again.outputs[0];
    const int reader = first_reader(y);
    for (const ValueId x : computed_inputs(again))
      repeated_readers_[std::size_t(x)].push_back(again_.size());
    if (edit_.next_reader(y) >= int(backward_)) {
      edit_.slots[slot].reset();
    } else {
      Value value = edit_.values[std::size_t(y)];
      value.name += ".again";
      again.name += ".again";
      again.outputs = {edit_.add_value(std::move(value))};
      for (int i = edit_.next_reader(y, int(backward_)); i < slots_;
           i = edit_.next_reader(y, i + 1))
        rename_input(*edit_.slots[std::size_t(i)], y, again.outputs[0]);
      for (const std::size_t i : repeated_readers_[std::size_t(y)])
        rename_input(again_[i].second, y, again.outputs[0]);
    }
    again_.emplace_back(reader, std::move(again));
  }

  Edit edit_;
  Memory memory_;
  std::size_t backward_;
  int slots_;
  std::vector<std::vector<std::size_t>> repeated_readers_;  ///< by value: those in again_
  std::vector<int> sharing_;                 ///< by value: how many nodes could be repeated from it
  std::vector<std::pair<int, Node>> again_;  ///< with the slot that each goes ahead of
};

}  // namespace

Graph recompute(const Graph& graph, Memory memory) { return Recomputer(graph, memory).run(); }

}  // namespace noyau::passes
