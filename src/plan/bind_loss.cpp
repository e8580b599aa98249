#include "plan/binders.hpp"

#include <string>

namespace noyau::plan {

namespace {

kernels::CrossEntropy::Reduction reduction(const Node& node) {
  using Reduction = kernels::CrossEntropy::Reduction;
  const auto& name = node.get<std::string>("reduction");
  return name == "none" ? Reduction::none : name == "sum" ? Reduction::sum : Reduction::mean;
}

}  // namespace

kernels::Loss loss(const Graph& graph, const Node& node) {
  const Shape& x = graph.shape(node.inputs[0]);
  kernels::Loss l;
  l.dtype = graph.type(node.inputs[0]).dtype;
  l.count = x.elements();
  l.channels = x[-1];
  l.reduction = reduction(node);
  return l;
}

Binding sigmoid_cross_entropy(const Graph& graph, const Node& node, std::string_view family) {
  using Weight = kernels::Loss::Weight;
  kernels::Loss l = loss(graph, node);
  l.kind = kernels::Loss::Kind::sigmoid_cross_entropy;
  l.positive_weight = given(node, 2);
  if (given(node, 3)) {
    const bool same = graph.shape(node.inputs[3]) == graph.shape(node.inputs[0]);
    l.weight = same ? Weight::per_element : Weight::per_channel;
  }
  return {family, l};
}

Binding cross_entropy(const Graph& graph, const Node& node, std::string_view family) {
  const Shape& logits = graph.shape(node.inputs[0]);
  kernels::CrossEntropy ce;
  ce.dtype = graph.type(node.inputs[0]).dtype;
  ce.rows = logits[0];
  ce.classes = logits[1];
  if (node.has("reduction")) {
    ce.soft_targets = graph.shape(node.inputs[1]).rank() == 2;
    ce.class_weight = given(node, 2);
    ce.label_smoothing = node.get<double>("label_smoothing");
    ce.gamma = node.get<double>("gamma");
    ce.ignore_index = node.get<std::int64_t>("ignore_index");
    ce.reduction = reduction(node);
  }
  return {family, ce};
}

}  // namespace noyau::plan
