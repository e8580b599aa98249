#include <cmath>
#include <string>
#include <utility>

#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

double element(const Tensor& tensor, std::int64_t i) {
  return tensor.dtype() == DType::f64 ? tensor.as<double>()[std::size_t(i)]
                                      : double(tensor.as<float>()[std::size_t(i)]);
}

void set_element(Tensor& tensor, std::int64_t i, double value) {
  if (tensor.dtype() == DType::f64)
    tensor.as<double>()[std::size_t(i)] = value;
  else
    tensor.as<float>()[std::size_t(i)] = float(value);
}

class Folder {
 public:
  Folder(const Graph& graph, const WeightAccess& weights) : edit_(graph), weights_(weights) {}

  Graph run() {
    for (std::size_t i = 0; i < edit_.slots.size(); ++i)
      if (edit_.slots[i] && edit_.slots[i]->op == "batch_norm") fold(i);
    for (std::size_t v = 0; v < edit_.values.size(); ++v)
      if (replaced_.size() > v && replaced_[v] && edit_.readers(ValueId(v)) == 0)
        edit_.keep[v] = false;
    return edit_.build();
  }

 private:
  bool is_parameter(ValueId v) const {
    return edit_.values[std::size_t(v)].kind == ValueKind::parameter;
  }

  bool may_fold(const Node& norm, int from) const {
    if (from < 0 || norm.get<bool>("training") || norm.inputs[5] != kNoValue) return false;
    const Node& layer = *edit_.slots[std::size_t(from)];
    return (layer.op == "conv" || layer.op == "linear") &&
           layer.get<std::string>("activation") == "none" && is_parameter(layer.inputs[1]) &&
           (layer.inputs[2] == kNoValue || is_parameter(layer.inputs[2])) &&
           edit_.readers(layer.outputs[0]) == 1;
  }

  void fold(std::size_t slot) {
    const Node norm = *edit_.slots[slot];
    const int from = edit_.producer(norm.inputs[0]);
    if (!may_fold(norm, from)) return;
    Node layer = *edit_.slots[std::size_t(from)];
    const auto [weight, bias] = folded(layer, norm);
    for (const ValueId v : {layer.inputs[1], layer.inputs[2], norm.inputs[1], norm.inputs[2],
                            norm.inputs[3], norm.inputs[4]})
      mark_replaced(v);
    layer.inputs[1] = weight;
    layer.inputs[2] = bias;
    layer.outputs[0] = norm.outputs[0];
    layer.attributes.insert_or_assign("activation", norm.get<std::string>("activation"));
    edit_.slots[std::size_t(from)].reset();
    edit_.slots[slot] = std::move(layer);
  }

  void mark_replaced(ValueId v) {
    if (v == kNoValue) return;
    if (replaced_.size() <= std::size_t(v)) replaced_.resize(std::size_t(v) + 1, false);
    replaced_[std::size_t(v)] = true;
  }

  double number(ValueId v, std::int64_t i, double missing) const {
    return v == kNoValue ? missing : element(weights_.read(edit_.values[std::size_t(v)].name), i);
  }

  // y = scale * (W x + b - mean) + shift, channel by channel.
  std::pair<ValueId, ValueId> folded(const Node& layer, const Node& norm) {
    const Value old = edit_.values[std::size_t(layer.inputs[1])];
    Tensor weight = weights_.read(old.name);
    const std::int64_t channels = weight.shape()[0];
    Tensor bias(Shape{channels}, weight.dtype());
    const std::int64_t row = channels == 0 ? 0 : weight.elements() / channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const double scale = number(norm.inputs[1], c, 1) /
                           std::sqrt(number(norm.inputs[4], c, 0) + norm.get<double>("eps"));
      const double b = number(layer.inputs[2], c, 0) - number(norm.inputs[3], c, 0);
      set_element(bias, c, scale * b + number(norm.inputs[2], c, 0));
      for (std::int64_t i = c * row; i < (c + 1) * row; ++i)
        set_element(weight, i, element(weight, i) * scale);
    }
    const std::string stem = layer.name + ".bias+" + norm.name;
    const ValueId weight_id = add(old.name + "+" + norm.name, std::move(weight));
    return {weight_id, add(stem, std::move(bias))};
  }

  ValueId add(const std::string& name, Tensor tensor) {
    const ValueId id =
        edit_.add_value({name, {tensor.dtype(), tensor.shape()}, ValueKind::parameter, -1, {}});
    weights_.write(name, std::move(tensor));
    return id;
  }

  Edit edit_;
  const WeightAccess& weights_;
  std::vector<bool> replaced_;
};

}  // namespace

Graph fold_batch_norm(const Graph& graph, const WeightAccess& weights) {
  return Folder(graph, weights).run();
}

}  // namespace noyau::passes
