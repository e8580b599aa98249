#include <algorithm>
#include <utility>

#include "ops/ops.hpp"
#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

bool is(const std::optional<Node>& slot, std::string_view op) { return slot && slot->op == op; }

bool has_activation(const Node& node) { return node.get<std::string>("activation") != "none"; }

class Fuser {
 public:
  explicit Fuser(const Graph& graph) : edit_(graph) {}

  Graph run() {
    for_each("add", &Fuser::merge_add);
    for (const char* activation : {"relu", "relu6"}) for_each(activation, &Fuser::merge_activation);
    for (const char* gradient : {"relu_grad", "relu6_grad"})
      for_each(gradient, &Fuser::merge_activation_grad);
    return edit_.build();
  }

 private:
  void for_each(std::string_view op, void (Fuser::*merge)(int)) {
    for (std::size_t i = 0; i < edit_.slots.size(); ++i)
      if (is(edit_.slots[i], op)) (this->*merge)(int(i));
  }

  Node& node(int slot) { return *edit_.slots[std::size_t(slot)]; }

  // Whether the node that computes `v` first of all may move down to `slot`, its only reader.
  bool may_join(ValueId v, int slot) {
    const int from = edit_.producer(v);
    if (from < 0 || node(from).outputs[0] != v || edit_.readers(v) != 1) return false;
    const Node& mover = node(from);
    for (std::size_t i = 1; i < mover.outputs.size(); ++i)
      if (edit_.next_reader(mover.outputs[i]) < slot) return false;
    // States are updated in the order of the nodes: none that uses them may lie in between.
    for (const int i : ops::mutated_inputs(mover))
      if (edit_.next_reader(mover.inputs[std::size_t(i)], from + 1) < slot) return false;
    return true;
  }

  // Puts the node that computes `v` in place of `slot`, whose output it now computes.
  Node& join(ValueId v, int slot) {
    const int from = edit_.producer(v);
    const ValueId output = node(slot).outputs[0];
    edit_.slots[std::size_t(slot)] = std::move(edit_.slots[std::size_t(from)]);
    edit_.slots[std::size_t(from)].reset();
    node(slot).outputs[0] = output;
    return node(slot);
  }

  // Which input of an op is its residual; 0: it has none.
  static std::size_t residual_input(const Node& n) {
    if (n.op == "batch_norm") return 5;
    const bool conv = n.op == "conv" || n.op == "conv_grad_input";
    return conv && n.get<std::int64_t>("groups") == 1 ? 3 : 0;
  }

  bool takes_residual(ValueId v, int slot) {
    const int from = edit_.producer(v);
    if (from < 0) return false;
    const Node& n = node(from);
    const std::size_t input = residual_input(n);
    return input != 0 && !(n.has("activation") && has_activation(n)) &&
           (n.inputs.size() <= input || n.inputs[input] == kNoValue) && may_join(v, slot);
  }

  // batch_norm, conv or conv_grad_input + add: whichever runs last takes the other's output.
  void merge_add(int slot) {
    ValueId a = node(slot).inputs[0], b = node(slot).inputs[1];
    if (edit_.producer(a) < edit_.producer(b)) std::swap(a, b);
    if (!takes_residual(a, slot)) std::swap(a, b);
    if (!takes_residual(a, slot)) return;
    Node& merged = join(a, slot);
    const std::size_t input = residual_input(merged);
    merged.inputs.resize(std::max(merged.inputs.size(), input + 1), kNoValue);
    merged.inputs[input] = b;
  }

  // batch_norm + relu or relu6, conv or linear + relu.
  void merge_activation(int slot) {
    const ValueId x = node(slot).inputs[0];
    const std::string activation = node(slot).op;
    const int from = edit_.producer(x);
    if (from < 0 || !node(from).has("activation") || has_activation(node(from))) return;
    const std::string& op = node(from).op;
    if (op != "batch_norm" && !((op == "conv" || op == "linear") && activation == "relu")) return;
    if (may_join(x, slot)) join(x, slot).attributes.insert_or_assign("activation", activation);
  }

  // The first batch_norm_grad whose dy is `v`, and that reads nothing written after `slot`.
  int reading_norm(ValueId v, int slot) {
    for (int i = edit_.next_reader(v); i < int(edit_.slots.size());
         i = edit_.next_reader(v, i + 1)) {
      const Node& reader = node(i);
      if (reader.op != "batch_norm_grad" || reader.inputs[0] != v || has_activation(reader))
        continue;
      const bool ready =
          std::all_of(reader.inputs.begin() + 1, reader.inputs.end(),
                      [&](ValueId in) { return in == kNoValue || edit_.producer(in) < slot; });
      if (ready) return i;
    }
    return -1;
  }

  // Whether `y` is what batch_norm made of `x` alone: the gradient then needs no y to undo the
  // activation. Returns the norm's slot or -1.
  int norm_of(ValueId x, ValueId y) {
    const int from = edit_.producer(y);
    const bool plain = from >= 0 && node(from).op == "batch_norm" && node(from).outputs[0] == y &&
                       node(from).inputs[0] == x && node(from).inputs[5] == kNoValue &&
                       has_activation(node(from)) && node(from).get<bool>("training");
    return plain ? from : -1;
  }

  // relu_grad or relu6_grad + batch_norm_grad. The masked cotangent becomes the residual's when
  // others read it.
  void merge_activation_grad(int slot) {
    const Node mask = node(slot);
    const ValueId masked = mask.outputs[0];
    const int norm = reading_norm(masked, slot);
    if (norm < 0) return;
    const bool shared = edit_.readers(masked) > 1;
    Node merged = std::move(node(norm));
    edit_.slots[std::size_t(norm)].reset();
    merged.inputs[0] = mask.inputs[0];
    merged.inputs.resize(7, kNoValue);
    if (const int from = norm_of(merged.inputs[1], mask.inputs[1]); from >= 0)
      merged.inputs[6] = node(from).inputs[2];
    else
      merged.inputs[5] = mask.inputs[1];
    merged.attributes.insert_or_assign("activation",
                                       mask.op.substr(0, mask.op.size() - sizeof("_grad") + 1));
    merged.attributes.insert_or_assign("residual", shared);
    if (shared) merged.outputs.push_back(masked);
    edit_.slots[std::size_t(slot)] = std::move(merged);
  }

  Edit edit_;
};

}  // namespace

Graph fuse(const Graph& graph) { return Fuser(graph).run(); }

}  // namespace noyau::passes
