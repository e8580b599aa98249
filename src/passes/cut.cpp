#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "noyau/error.hpp"
#include "passes/edit.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

/// Drops nodes, parameters, states and inputs that no output needs.
Graph needed_part(Edit edit) {
  std::vector<bool> needed(edit.values.size(), false);
  for (const auto& output : edit.outputs) needed[std::size_t(output.second)] = true;
  for (std::size_t i = edit.slots.size(); i-- > 0;) {
    if (!edit.slots[i]) continue;
    const Node& node = *edit.slots[i];
    const bool used =
        std::ranges::any_of(node.outputs, [&](ValueId v) { return needed[std::size_t(v)]; });
    if (!used) {
      edit.slots[i].reset();
      continue;
    }
    for (const ValueId v : node.inputs)
      if (v != kNoValue) needed[std::size_t(v)] = true;
  }
  for (std::size_t v = 0; v < needed.size(); ++v) edit.keep[v] = needed[v];
  return edit.build();
}

}  // namespace

Graph live_part(const Graph& graph) { return needed_part(Edit(graph)); }

Halves cut(const Graph& graph, std::string_view value) {
  const ValueId border = graph.find(value);
  if (border == kNoValue || graph.value(border).kind != ValueKind::result)
    throw Error(ErrorCode::invalid_argument, "cut", fmt::format("no result '{}'", value),
                "the name of what a node computes");
  Halves halves;
  Edit back(graph);
  back.slots[std::size_t(back.producer(border))].reset();
  Value& x = back.values[std::size_t(border)];
  x = {.name = "x", .type = x.type, .kind = ValueKind::input, .init = {}};
  try {
    halves.back = needed_part(std::move(back));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    throw Error(ErrorCode::invalid_argument, "cut", fmt::format("'{}' is by-passed", value),
                "a value through which everything behind it reads the input x");
  }
  Edit front(graph);
  front.outputs = {{"features", border}};
  halves.front = needed_part(std::move(front));
  return halves;
}

}  // namespace noyau::passes
