#include <fmt/format.h>

#include "api/network.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"
#include "noyau/run.hpp"
#include "ops/ops.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "zoo/zoo.hpp"

namespace noyau {
namespace {

using Ints = std::vector<std::int64_t>;

std::string strides_text(const Node& node) {
  if (!node.has("stride")) return {};
  const Ints& stride = node.get<Ints>("stride");
  if (stride == Ints(stride.size(), 1)) return {};
  return fmt::format(" s{}", stride[0]);
}

/// "3x3 s2" of a convolution or a pooling window.
std::string kernel_text(const Graph& graph, const Node& node) {
  if (node.has("kernel_size")) {
    const Ints& size = node.get<Ints>("kernel_size");
    return fmt::format("{}x{}{}", size[0], size[1], strides_text(node));
  }
  if (node.op != "conv") return {};
  const Shape& weight = graph.shape(node.inputs[1]);
  return fmt::format("{}x{}{}", weight[2], weight[3], strides_text(node));
}

LayerSummary layer_of(const Graph& graph, const Node& node, std::int64_t batch) {
  LayerSummary layer;
  layer.name = node.name;
  layer.op = node.op;
  layer.kernel = kernel_text(graph, node);
  layer.output = graph.shape(node.outputs[0]);
  layer.macs = ops::find(node.op).cost(graph, node).macs / batch;
  for (const ValueId input : node.inputs)
    if (input != kNoValue && graph.value(input).kind == ValueKind::parameter)
      layer.parameters += graph.shape(input).elements();
  const ValueType& type = graph.type(node.outputs[0]);
  layer.activation_bytes = type.shape.elements() * std::int64_t(size_of(type.dtype));
  return layer;
}

ZooEntry entry_of(const zoo::Variant& variant) {
  ZooEntry entry;
  entry.name = variant.name;
  entry.family = variant.name.substr(0, variant.name.find_first_of("0123456789"));
  entry.summary = variant.summary;
  entry.paper = variant.paper;
  const zoo::Published& usual = variant.published;
  entry.height = entry.width = usual.image_size;
  entry.channels = usual.in_channels;
  entry.classes = usual.classes;
  const Graph graph = api::build_inference(api::spec_of({variant.name}), 1);
  entry.parameters = api::count_parameters(graph);
  entry.macs = api::count_macs(graph);
  return entry;
}

}  // namespace

std::vector<ZooEntry> zoo_models() {
  std::vector<ZooEntry> list;
  for (const zoo::Variant& variant : zoo::variants()) list.push_back(entry_of(variant));
  return list;
}

ZooEntry zoo_model(std::string_view name) { return entry_of(zoo::find(name)); }

ModelSummary summarise(const ModelOptions& options) {
  const api::NetworkSpec spec = api::spec_of(options);
  const Graph graph = api::build_inference(spec, options.batch);
  ModelSummary summary;
  summary.name = options.name;
  summary.input = graph.shape(graph.find("x"));
  summary.classes = spec.classes;
  for (const Node& node : graph.nodes()) {
    summary.layers.push_back(layer_of(graph, node, options.batch));
    summary.macs += summary.layers.back().macs;
    summary.activation_bytes += summary.layers.back().activation_bytes;
  }
  summary.parameters = api::count_parameters(graph);
  return summary;
}

Stage parse_stage(std::string_view name) {
  static const std::vector<std::string> names{"graph", "training", "fused", "plan", "dispatch"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return Stage(i);
  const std::string near = nearest_name(std::string(name), names);
  throw Error(ErrorCode::invalid_argument, "--stage", fmt::format("\"{}\"", name),
              "one of graph, training, fused, plan, dispatch",
              near.empty() ? "" : fmt::format("did you mean {}?", near));
}

std::string dump(const ModelOptions& options, Stage stage) {
  const api::NetworkSpec spec = api::spec_of(options);
  if (stage == Stage::graph) return print(api::build_inference(spec, options.batch));
  const Graph training = passes::autodiff(api::build_training(spec, options.batch));
  if (stage == Stage::training) return print(training);
  const Graph fused = passes::dce(passes::fuse(training));
  if (stage == Stage::fused) return print(fused);
  const plan::Plan plan = plan::make_plan(fused);
  return stage == Stage::plan ? plan::print(plan) : plan::print_dispatch(plan);
}

}  // namespace noyau
