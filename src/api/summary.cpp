#include <fmt/format.h>

#include "api/layer_window.hpp"
#include "api/network.hpp"
#include "api/receptive_field.hpp"
#include "api/tuning_file.hpp"
#include "base/thread_pool.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"
#include "noyau/run.hpp"
#include "ops/ops.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/lower.hpp"
#include "runtime/tune.hpp"
#include "zoo/zoo.hpp"

namespace noyau {
namespace {

std::string op_text(const Node& node, const api::LayerWindow& window) {
  if (window.depthwise) return "depthwise " + node.op;
  return window.groups > 1 ? "grouped " + node.op : node.op;
}

void count_parameters(const Graph& graph, const Node& node, LayerSummary& layer) {
  for (const ValueId input : node.inputs) {
    if (input == kNoValue || graph.value(input).kind != ValueKind::parameter) continue;
    const Value& value = graph.value(input);
    layer.parameters += value.type.shape.elements();
    if (value.name.ends_with(".bias")) layer.biases += value.type.shape.elements();
  }
}

/// The nodes that compute what this one reads; -1 for the input of the network.
std::vector<int> layers_read(const Graph& graph, const Node& node) {
  std::vector<int> read;
  for (const ValueId input : node.inputs) {
    if (input == kNoValue) continue;
    const ValueKind kind = graph.value(input).kind;
    if (kind == ValueKind::result || kind == ValueKind::input)
      read.push_back(graph.value(input).producer);
  }
  return read;
}

LayerSummary layer_of(const Graph& graph, const Node& node, std::int64_t batch) {
  const api::LayerWindow window = api::window_of(graph, node);
  LayerSummary layer;
  layer.name = node.name;
  layer.op = op_text(node, window);
  layer.kernel = api::to_string(window);
  layer.output = graph.shape(node.outputs[0]);
  layer.inputs = layers_read(graph, node);
  layer.macs = ops::find(node.op).cost(graph, node).macs / batch;
  count_parameters(graph, node, layer);
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
  const std::vector<std::int64_t> fields = api::receptive_fields(graph);
  for (const Node& node : graph.nodes()) {
    LayerSummary layer = layer_of(graph, node, options.batch);
    layer.receptive_field = fields[std::size_t(node.outputs[0])];
    summary.macs += layer.macs;
    summary.biases += layer.biases;
    summary.activation_bytes += layer.activation_bytes;
    summary.layers.push_back(std::move(layer));
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

std::string dump(const ModelOptions& options, Stage stage, const TuneOptions& tune) {
  const api::NetworkSpec spec = api::spec_of(options);
  if (stage == Stage::graph) return print(api::build_inference(spec, options.batch));
  const Graph training = passes::autodiff(api::build_training(spec, options.batch));
  if (stage == Stage::training) return print(training);
  expect_training(options.numerics);
  const plan::Options plan_options{.numerics = options.numerics};
  const Graph fused = runtime::lower_training(training, plan_options, options.memory);
  if (stage == Stage::fused) return print(fused);
  ThreadPool pool(tune.tune ? available_processors() : 1);
  api::TuningFile tuning(tune, pool.threads());
  const plan::Plan plan = runtime::make_tuned_plan(fused, plan_options, tuning.table(), pool);
  tuning.save();
  return stage == Stage::plan ? plan::print(plan) : plan::print_dispatch(plan);
}

}  // namespace noyau
