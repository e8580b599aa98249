#include <algorithm>
#include <utility>
#include <vector>

#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

constexpr std::size_t kNormInputs = 4;  // where those of conv_norm and conv_grad_input_norm begin
constexpr std::size_t kStatisticsInputs = 7;

/// Hands norms to the convolutions around them, where `takes` says that this node, not in the graph
/// yet, is computed as well as the convolution was.
class Carrier {
 public:
  Carrier(const Graph& graph, const TakesNorms& takes)
      : graph_(graph), edit_(graph), takes_(takes) {}

  Graph run() {
    for_each("batch_norm_statistics", &Carrier::carry_statistics);
    for_each("batch_norm_grad", &Carrier::carry_gradient);
    for_each("batch_norm_apply", &Carrier::carry_apply);
    for_each("add", &Carrier::carry_add);
    return edit_.build();
  }

 private:
  void for_each(std::string_view op, void (Carrier::*carry)(int)) {
    for (std::size_t i = 0; i < edit_.slots.size(); ++i)
      if (const auto& slot = std::as_const(edit_.slots)[i]; slot && slot->op == op)
        (this->*carry)(int(i));
  }

  Node node(int slot) const { return *std::as_const(edit_.slots)[std::size_t(slot)]; }
  void put(int slot, Node node) { edit_.slots[std::size_t(slot)] = std::move(node); }
  void remove(int slot) { edit_.slots[std::size_t(slot)].reset(); }
  bool takes(const Node& node) const { return takes_(graph_, node); }

  static bool is_conv(const Node& n) { return n.op == "conv" || n.op == "conv_norm"; }

  /// The convolution as one that takes over norms, none yet.
  static Node with_norms(Node conv) {
    if (conv.op == "conv") {
      conv.op = "conv_norm";
      conv.attributes.insert({{"input_activation", std::string("none")},
                              {"statistics", false},
                              {"eps", 1e-5},
                              {"momentum", 0.1}});
      conv.inputs.resize(kStatisticsInputs + 3, kNoValue);
    }
    return conv;
  }

  /// conv + batch_norm_statistics of what it alone computes.
  void carry_statistics(int slot) {
    const Node statistics = node(slot);
    const int from = edit_.producer(statistics.inputs[0]);
    if (from < 0 || !is_conv(node(from))) return;
    Node conv = with_norms(node(from));
    if (conv.get<std::string>("activation") != "none" || conv.get<bool>("statistics")) return;
    // States change where the convolution stands: nothing in between may use them.
    for (const std::size_t state : {2, 3})
      if (edit_.next_reader(statistics.inputs[state], from) < slot) return;
    std::copy(statistics.inputs.begin() + 1, statistics.inputs.end(),
              conv.inputs.begin() + kStatisticsInputs);
    conv.outputs.insert(conv.outputs.end(), statistics.outputs.begin(), statistics.outputs.end());
    conv.attributes.insert_or_assign("statistics", true);
    for (const char* number : {"eps", "momentum"})
      conv.attributes.insert_or_assign(number, statistics.get<double>(number));
    if (!takes(conv)) return;
    put(from, std::move(conv));
    remove(slot);
  }

  /// conv_grad_input + the first half of the batch_norm_grad that alone reads it.
  void carry_gradient(int slot) {
    const Node grad = node(slot);  // dy x weight mean inv_std y? bias?
    const int from = edit_.producer(grad.inputs[0]);
    if (!grad.get<bool>("training") || from < 0 || edit_.readers(grad.inputs[0]) != 1) return;
    Node conv = node(from);
    if (conv.op != "conv_grad_input") return;
    conv.op = "conv_grad_input_norm";
    conv.inputs.resize(kNormInputs, kNoValue);
    conv.inputs.insert(conv.inputs.end(),
                       {grad.inputs[1], grad.inputs[3], grad.inputs[4],
                        scale_beside(grad.inputs[3]), grad.inputs[6], grad.inputs[5]});
    conv.attributes.insert_or_assign("norm_activation", grad.get<std::string>("activation"));
    // Others that read the masked cotangent read it here now.
    const ValueId g = grad.outputs.size() > 3 ? grad.outputs[3] : conv.outputs[0];
    conv.outputs = {g, grad.outputs[1], grad.outputs[2]};
    if (!takes(conv)) return;
    put(from, std::move(conv));
    put(slot, {.op = "batch_norm_grad_input",
               .name = grad.name,
               .inputs = {g, grad.inputs[1], grad.inputs[2], grad.inputs[3], grad.inputs[4],
                          grad.outputs[1], grad.outputs[2], kNoValue},
               .outputs = {grad.outputs[0]},
               .attributes = {{"residual_begin", std::int64_t{0}}}});
  }

  /// The scale of the norm whose mean this is: the last output of the node that computes both.
  ValueId scale_beside(ValueId mean) const { return node(edit_.producer(mean)).outputs.back(); }

  /// batch_norm_apply + the convolutions that read it, and the gradients of their weights.
  void carry_apply(int slot) {
    const Node apply = node(slot);  // x mean scale bias? residual?
    if (apply.inputs[4] != kNoValue) return;
    const ValueId y = apply.outputs[0];
    const auto slots = int(edit_.slots.size());
    for (int i = edit_.next_reader(y); i < slots; i = edit_.next_reader(y, i + 1)) {
      Node reader = node(i);
      if (std::count(reader.inputs.begin(), reader.inputs.end(), y) != 1 || reader.inputs[0] != y)
        continue;
      std::size_t at = 2;
      if (is_conv(reader)) {
        reader = with_norms(std::move(reader));
        at = kNormInputs;
      } else if (reader.op != "conv_grad_weight") {
        continue;
      }
      reader.inputs[0] = apply.inputs[0];
      std::copy_n(apply.inputs.begin() + 1, 3, reader.inputs.begin() + std::ptrdiff_t(at));
      reader.attributes.insert_or_assign("input_activation", apply.get<std::string>("activation"));
      if (takes(reader)) put(i, std::move(reader));
    }
    if (edit_.readers(y) == 0) remove(slot);
  }

  /// batch_norm_grad_input + add, with a slice of channels as it lies in the wider tensor.
  void carry_add(int slot) {
    const Node add = node(slot);
    for (const std::size_t i : {0, 1}) {
      const ValueId dx = add.inputs[i], other = add.inputs[1 - i];
      const int from = edit_.producer(dx);
      if (from < 0 || edit_.readers(dx) != 1 || node(from).op != "batch_norm_grad_input") continue;
      Node grad = node(from);
      if (grad.inputs.size() > 7 && grad.inputs[7] != kNoValue) continue;
      grad.inputs.resize(8, kNoValue);
      grad.inputs[7] = other;
      grad.outputs = add.outputs;
      const int slice = edit_.producer(other);
      if (slice >= 0 && edit_.readers(other) == 1 && node(slice).op == "slice_channels") {
        Node part = grad;
        part.inputs[7] = node(slice).inputs[0];
        part.attributes.insert_or_assign("residual_begin", node(slice).get<std::int64_t>("begin"));
        if (takes(part)) {
          grad = std::move(part);
          remove(slice);
        }
      }
      remove(from);
      return put(slot, std::move(grad));
    }
  }

  const Graph& graph_;
  Edit edit_;
  const TakesNorms& takes_;
};

}  // namespace

Graph carry_norms(const Graph& graph, const TakesNorms& takes) {
  return Carrier(graph, takes).run();
}

}  // namespace noyau::passes
