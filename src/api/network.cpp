#include "api/network.hpp"

#include "api/stage_head.hpp"
#include "noyau/error.hpp"
#include "ops/ops.hpp"
#include "passes/passes.hpp"
#include "zoo/zoo.hpp"

namespace noyau::api {
namespace {

void expect_served(const nn::Builder& b, const std::string& network) {
  const std::string setting = nn::unserved(b);
  if (setting.empty()) return;
  throw Error(ErrorCode::invalid_argument, network, setting + ", for which it has no layer",
              "a network that uses nn::add_shortcut, nn::head_dropout or nn::classifier");
}

Graph build_of_zoo(const NetworkSpec& spec, std::int64_t batch, bool training,
                   const nn::LossSettings& loss) {
  return zoo::build({.name = spec.model,
                     .in_channels = spec.input.channels,
                     .image_size = {spec.input.height, spec.input.width},
                     .depth = spec.input.depth,
                     .classes = spec.classes,
                     .batch = batch,
                     .training = training,
                     .zero_gamma = spec.zero_gamma,
                     .aux_heads = spec.aux_heads,
                     .regularisation = spec.regularisation,
                     .loss = loss,
                     .conventions = spec.conventions});
}

Graph build(const NetworkSpec& given, std::int64_t batch, bool training,
            const nn::LossSettings& loss) {
  NetworkSpec spec = given;
  if (spec.head == Head::stages) spec.network = with_stage_head(spec);
  if (!spec.network) return build_of_zoo(spec, batch, training, loss);
  Graph graph;
  nn::Builder b{.graph = graph,
                .training = training,
                .regularisation = spec.regularisation,
                .conventions = spec.conventions};
  const auto network = [&](nn::Builder& to) {
    const ValueId x = to.graph.add_input("x", {to.dtype, input_shape(batch, spec.input)});
    return spec.network(to, x, spec.classes);
  };
  nn::count_shortcuts(b, network);
  const ValueId logits = network(b);
  graph.set_output("logits", logits);
  expect_served(b, spec.model);
  if (graph.shape(logits) != Shape{batch, spec.classes})
    throw Error(ErrorCode::shape_mismatch, spec.model, "logits " + to_string(graph.shape(logits)),
                to_string(Shape{batch, spec.classes}));
  // What a head of stages replaces is dropped.
  if (!training) return passes::live_part(graph);
  const nn::LossInputs inputs = nn::add_loss_inputs(b, graph.shape(logits), loss);
  graph.set_output("loss", nn::training_loss(b, logits, inputs, "loss", loss));
  return passes::live_part(graph);
}

}  // namespace

std::string_view to_string(Head head) { return head == Head::stages ? "stages" : "last"; }

Head parse_head(std::string_view name) {
  for (const Head head : {Head::last, Head::stages})
    if (name == to_string(head)) return head;
  throw Error(ErrorCode::invalid_argument, "head", std::string(name), "last or stages");
}

Graph build_inference(const NetworkSpec& spec, std::int64_t batch) {
  return build(spec, batch, false, {});
}

Graph build_training(const NetworkSpec& spec, std::int64_t batch, const nn::LossSettings& loss) {
  return build(spec, batch, true, loss);
}

NetworkSpec spec_of(const ModelOptions& options) {
  const zoo::Published usual = zoo::find(options.name).published;
  const auto or_usual = [](std::int64_t given, std::int64_t fallback) {
    return given > 0 ? given : fallback;
  };
  NetworkSpec spec;
  spec.model = options.name;
  spec.input.height = or_usual(options.height, usual.image_size);
  spec.input.width = or_usual(options.width, usual.image_size);
  spec.input.channels = or_usual(options.channels, usual.in_channels);
  spec.classes = or_usual(options.classes, usual.classes);
  spec.input.depth = or_usual(options.depth, usual.depth);
  return spec;
}

NetworkSpec spec_of_card(const ModelCard& card, const Network& network) {
  return {.model = card.model,
          .network = card.zoo ? Network{} : network,
          .input = card.input,
          .classes = std::int64_t(card.classes.size()),
          .conventions = card.conventions,
          .head = card.head};
}

std::int64_t count_macs(const Graph& graph) {
  std::int64_t macs = 0;
  for (const Node& node : graph.nodes()) macs += ops::find(node.op).cost(graph, node).macs;
  return macs;
}

std::int64_t count_parameters(const Graph& graph) {
  std::int64_t count = 0;
  for (const Value& value : graph.values())
    if (value.kind == ValueKind::parameter) count += value.type.shape.elements();
  return count;
}

}  // namespace noyau::api
