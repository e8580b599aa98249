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

  const Shape& shape(ValueId v) const { return edit_.values[std::size_t(v)].type.shape; }

  // Whether the node multiplies by one factor per channel or the like, not element by element.
  bool scales(const Node& n) const {
    return n.op == "mul" && shape(n.inputs[0]) != shape(n.inputs[1]);
  }

  // Which input of an op is its residual; 0: it has none.
  std::size_t residual_input(const Node& n) const {
    if (scales(n)) return 2;
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

  // Whether the product with a scale takes what is added at `slot`.
  bool product_takes_residual(ValueId v, int slot) {
    const int from = edit_.producer(v);
    return from >= 0 && scales(node(from)) && takes_residual(v, slot);
  }

  // mul by a scale, batch_norm, conv or conv_grad_input + add: whichever runs last takes the
  // other's output, but a product first of all: its gradient writes the masked cotangent that both
  // need.
  void merge_add(int slot) {
    ValueId a = node(slot).inputs[0], b = node(slot).inputs[1];
    if (merge_spread(a, b, slot) || merge_spread(b, a, slot)) return;
    if (edit_.producer(a) < edit_.producer(b)) std::swap(a, b);
    if (!takes_residual(a, slot) || product_takes_residual(b, slot)) std::swap(a, b);
    if (!takes_residual(a, slot)) return;
    Node& merged = join(a, slot);
    const std::size_t input = residual_input(merged);
    merged.inputs.resize(std::max(merged.inputs.size(), input + 1), kNoValue);
    merged.inputs[input] = b;
  }

  // mul + add of the gradient of a mean over all positions, which is the same at each of them.
  bool merge_spread(ValueId product, ValueId pooled, int slot) {
    const int pool = edit_.producer(pooled), from = edit_.producer(product);
    if (pool < 0 || !averages_all(node(pool)) || edit_.readers(pooled) != 1) return false;
    if (!product_takes_residual(product, slot)) return false;
    const Shape &factors = shape(node(from).inputs[1]), &spread = shape(node(pool).inputs[0]);
    if (factors.rank() == 1 || factors.elements() != spread.elements()) return false;
    join(product, slot).inputs[3] = node(pool).inputs[0];
    edit_.slots[std::size_t(pool)].reset();
    return true;
  }

  // Whether the node is the gradient of a mean over all positions.
  static bool averages_all(const Node& n) {
    if (n.op != "adaptive_avg_pool_grad") return false;
    const auto& size = n.get<std::vector<std::int64_t>>("output_size");
    return std::all_of(size.begin(), size.end(), [](std::int64_t extent) { return extent == 1; });
  }

  // batch_norm, conv or linear + relu or relu6; mul by a scale + relu.
  void merge_activation(int slot) {
    const ValueId x = node(slot).inputs[0];
    const std::string activation = node(slot).op;
    const int from = edit_.producer(x);
    if (from < 0 || !node(from).has("activation") || has_activation(node(from))) return;
    const std::string& op = node(from).op;
    const bool takes_both = op == "batch_norm" || op == "conv" || op == "linear";
    if (!takes_both && !(scales(node(from)) && activation == "relu")) return;
    if (may_join(x, slot)) join(x, slot).attributes.insert_or_assign("activation", activation);
  }

  // The first node of that op whose dy is `v`, and that reads nothing written after `slot`.
  int reading(ValueId v, std::string_view op, int slot) {
    for (int i = edit_.next_reader(v); i < int(edit_.slots.size());
         i = edit_.next_reader(v, i + 1)) {
      const Node& reader = node(i);
      if (reader.op != op || reader.inputs[0] != v) continue;
      if (reader.has("activation") && has_activation(reader)) continue;
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

  // relu_grad + mul_grad_scale. Others read the masked cotangent too, mul's gradient for one.
  bool merge_relu_mul_grad(int slot) {
    const Node mask = node(slot);
    const int from = reading(mask.outputs[0], "mul_grad_scale", slot);
    if (mask.op != "relu_grad" || from < 0) return false;
    Node merged = std::move(node(from));
    edit_.slots[std::size_t(from)].reset();
    merged.op = "mul_relu_grad";
    merged.inputs = {mask.inputs[0], merged.inputs[1], mask.inputs[1]};
    merged.outputs.insert(merged.outputs.begin(), mask.outputs[0]);
    edit_.slots[std::size_t(slot)] = std::move(merged);
    return true;
  }

  // relu_grad or relu6_grad + batch_norm_grad. The masked cotangent becomes the residual's when
  // others read it.
  void merge_activation_grad(int slot) {
    const Node mask = node(slot);
    const ValueId masked = mask.outputs[0];
    const int norm = reading(masked, "batch_norm_grad", slot);
    if (merge_relu_mul_grad(slot) || norm < 0) return;
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
