#include "plan/places.hpp"

#include <algorithm>
#include <string_view>

#include "plan/choose.hpp"

namespace noyau::plan {
namespace {

using kernels::Conv;
using kernels::Norm;
using kernels::Problem;

// The operands that kernels may find, or put, among wider channels.
struct Row {
  std::string_view op;
  bool output;
  std::size_t position;
  void (*set)(Problem& problem, std::int64_t width);
};

template <class P, std::int64_t P::*width>
void set_width(Problem& problem, std::int64_t value) {
  std::get<P>(problem).*width = value;
}

constexpr Row kRows[] = {
    {"conv", false, 0, set_width<Conv, &Conv::x_width>},
    {"conv", true, 0, set_width<Conv, &Conv::y_width>},
    {"conv_norm", false, 0, set_width<Conv, &Conv::x_width>},
    {"conv_norm", true, 0, set_width<Conv, &Conv::y_width>},
    {"conv_grad_weight", false, 0, set_width<Conv, &Conv::x_width>},
    {"conv_grad_input_norm", false, 4, set_width<Conv, &Conv::norm_width>},
    {"batch_norm", false, 0, set_width<Norm, &Norm::x_width>},
    {"batch_norm", true, 0, set_width<Norm, &Norm::y_width>},
    {"batch_norm_apply", false, 0, set_width<Norm, &Norm::x_width>},
    {"batch_norm_apply", true, 0, set_width<Norm, &Norm::y_width>},
    {"batch_norm_statistics", false, 0, set_width<Norm, &Norm::x_width>},
    {"batch_norm_statistics_join", false, 2, set_width<Norm, &Norm::x_width>},
    {"batch_norm_grad_input", false, 1, set_width<Norm, &Norm::x_width>},
};

bool is_concat(const Node& node) { return node.op == "concat"; }

std::int64_t channels(const Graph& graph, ValueId v) { return graph.shape(v)[-1]; }

bool set_widths(Problem& problem, const Graph& graph, const Node& node, bool output,
                const std::vector<Place>& places) {
  const std::vector<ValueId>& values = output ? node.outputs : node.inputs;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == kNoValue || places[std::size_t(values[i])].in == kNoValue) continue;
    const auto* row = std::ranges::find_if(kRows, [&](const Row& r) {
      return r.op == node.op && r.output == output && r.position == i;
    });
    if (row == std::end(kRows)) return false;
    row->set(problem, places[std::size_t(values[i])].width);
  }
  return true;
}

class PlaceFinder {
 public:
  PlaceFinder(const Graph& graph, const Options& options)
      : graph_(graph), options_(options), places_(graph.values().size()) {
    for (const Node& node : graph.nodes())
      for (const ValueId v : node.inputs)
        if (v != kNoValue) readers_[std::size_t(v)].push_back(&node);
    for (const auto& [name, v] : graph.outputs()) stays_[std::size_t(v)] = true;
  }

  std::vector<Place> find() {
    const auto& nodes = graph_.nodes();
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
      if (is_concat(*node)) place_inputs(*node);
    for (const Node& node : graph_.nodes())
      if (is_concat(node)) spread(node.outputs[0]);
    return places_;
  }

 private:
  // Later concats come first: where their outputs lie is known.
  void place_inputs(const Node& concat) {
    const ValueId out = concat.outputs[0];
    Place place = places_[std::size_t(out)];
    if (place.in == kNoValue) place = {out, 0, channels(graph_, out)};
    for (const ValueId v : concat.inputs) {
      if (may_move(v)) {
        places_[std::size_t(v)] = place;
        if (all_alike(v, &concat))
          parts_[std::size_t(place.in)].push_back(v);
        else
          places_[std::size_t(v)] = {};
      }
      place.begin += channels(graph_, v);
    }
  }

  bool may_move(ValueId v) const {
    return graph_.value(v).kind == ValueKind::result && !stays_[std::size_t(v)] &&
           places_[std::size_t(v)].in == kNoValue;
  }

  // Sets the pixels of a storage of which parts are read further apart.
  void spread(ValueId whole) {
    constexpr std::int64_t kLine = 16;
    const std::int64_t width = channels(graph_, whole);
    const std::vector<ValueId>& parts = parts_[std::size_t(whole)];
    // Also by others than the concat that puts them together.
    const bool are_read =
        std::ranges::any_of(parts, [&](ValueId v) { return readers_[std::size_t(v)].size() > 1; });
    if (width % (2 * kLine) != 0 || stays_[std::size_t(whole)] || !are_read) return;
    places_[std::size_t(whole)] = {whole, 0, width + kLine};
    if (!all_alike(whole, nullptr)) {
      places_[std::size_t(whole)] = {};
      return;
    }
    for (const ValueId v : parts) places_[std::size_t(v)].width = width + kLine;
  }

  // What makes v and what reads it, but for the concat that it is a part of.
  bool all_alike(ValueId v, const Node* concat) const {
    if (!alike(graph_.nodes()[std::size_t(graph_.value(v).producer)], true)) return false;
    const auto& readers = readers_[std::size_t(v)];
    return std::ranges::count(readers, concat) == (concat == nullptr ? 0 : 1) &&
           std::ranges::all_of(
               readers, [&](const Node* node) { return node == concat || alike(*node, false); });
  }

  // Whether the node is computed by the same kernel as if all its operands lay by themselves.
  bool alike(const Node& node, bool producer) const {
    if (is_concat(node)) return producer;  // it writes anywhere; another one would have to be told
    Binding binding = bind(graph_, node);
    if (binding.view) return false;
    std::vector<Refusal> refused;
    const auto chosen = [&] {
      return choose(binding.family, under(options_, graph_, node, binding.problem), refused);
    };
    const kernels::Kernel* by_itself = chosen();
    return widen(binding, graph_, node, places_) && chosen() == by_itself;
  }

  const Graph& graph_;
  const Options& options_;
  std::vector<Place> places_;
  std::vector<std::vector<const Node*>> readers_ =
      std::vector<std::vector<const Node*>>(places_.size());
  // Of each output of a concat, the values that lie in it.
  std::vector<std::vector<ValueId>> parts_ = std::vector<std::vector<ValueId>>(places_.size());
  std::vector<bool> stays_ = std::vector<bool>(places_.size());
};

}  // namespace

std::vector<Place> find_places(const Graph& graph, const Options& options) {
  return PlaceFinder(graph, options).find();
}

bool widen(Binding& binding, const Graph& graph, const Node& node,
           const std::vector<Place>& places) {
  if (!is_concat(node))
    return set_widths(binding.problem, graph, node, false, places) &&
           set_widths(binding.problem, graph, node, true, places);
  auto& c = std::get<kernels::Channels>(binding.problem);
  const ValueId out = node.outputs[0];
  const Place& place = places[std::size_t(out)];
  c.keep = true;
  if (place.in != kNoValue) c.after = place.width - channels(graph, out);
  return true;
}

bool copies_nothing(const Node& node, const std::vector<Place>& places) {
  return is_concat(node) && std::ranges::all_of(node.inputs, [&](ValueId v) {
           return places[std::size_t(v)].in != kNoValue;
         });
}

}  // namespace noyau::plan
