#include "train/diagnose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "plan/plan.hpp"

namespace noyau::training {
namespace {

bool finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

/// The same graph with each f32 result as an output of its own name, so that the plan keeps them.
Graph with_all_outputs(Graph graph) {
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    for (const ValueId id : graph.nodes()[i].outputs) {
      if (id == kNoValue || graph.type(id).dtype != DType::f32) continue;
      graph.set_output("value:" + graph.value(id).name, id);
    }
  }
  return graph;
}

void copy_inputs(runtime::Session& from, runtime::Session& to) {
  for (const Value& value : from.graph().values()) {
    if (value.kind != ValueKind::input) continue;
    if (value.type.dtype == DType::f32) {
      std::ranges::copy(from.input<float>(value.name), to.input<float>(value.name).begin());
    } else if (value.type.dtype == DType::i32) {
      std::ranges::copy(from.input<std::int32_t>(value.name),
                        to.input<std::int32_t>(value.name).begin());
    }
  }
}

std::string given_not_finite(runtime::Session& session, const runtime::Weights& weights) {
  for (const Value& value : session.graph().values()) {
    if (value.type.dtype != DType::f32 || value.kind == ValueKind::result) continue;
    if (value.kind == ValueKind::input) {
      if (!finite(session.input<float>(value.name))) return fmt::format("the input {}", value.name);
    } else if (!finite(weights.at(value.name).as<float>())) {
      return fmt::format("the weight {}", value.name);
    }
  }
  return {};
}

}  // namespace

std::string first_not_finite(runtime::Session& session, runtime::Weights& weights, ThreadPool& pool,
                             std::uint64_t seed, std::uint64_t step) {
  if (std::string given = given_not_finite(session, weights); !given.empty()) return given;
  runtime::Session all(plan::make_plan(with_all_outputs(session.graph())), weights, pool);
  copy_inputs(session, all);
  all.run(seed, step);
  const Graph& graph = all.graph();
  for (const Node& node : graph.nodes()) {
    for (const ValueId id : node.outputs) {
      if (id == kNoValue || graph.type(id).dtype != DType::f32) continue;
      if (!finite(all.output<float>("value:" + graph.value(id).name))) {
        return fmt::format("{} {}", node.op, node.name);
      }
    }
  }
  return "the update of the weights";
}

}  // namespace noyau::training
