#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "explain/architecture/unit.hpp"

namespace noyau::explain {
namespace {

struct OpLook {
  std::string_view op;
  UnitKind kind;
  std::string_view text;
};

constexpr std::array kLooks{
    OpLook{"conv", UnitKind::conv, "conv"},
    OpLook{"grouped conv", UnitKind::grouped, "conv"},
    OpLook{"depthwise conv", UnitKind::depthwise, "conv"},
    OpLook{"conv_transpose", UnitKind::conv, "up-conv"},
    OpLook{"linear", UnitKind::linear, "linear"},
    OpLook{"max_pool", UnitKind::pool, "max pool"},
    OpLook{"avg_pool", UnitKind::pool, "avg pool"},
    OpLook{"adaptive_avg_pool", UnitKind::pool, "avg pool"},
    OpLook{"adaptive_max_pool", UnitKind::pool, "max pool"},
    OpLook{"global_avg_pool", UnitKind::pool, "global pool"},
    OpLook{"batch_norm", UnitKind::norm, "BN"},
    OpLook{"layer_norm", UnitKind::norm, "LN"},
    OpLook{"group_norm", UnitKind::norm, "GN"},
    OpLook{"local_response_norm", UnitKind::norm, "LRN"},
    OpLook{"add", UnitKind::join, "+"},
    OpLook{"mul", UnitKind::join, "×"},
    OpLook{"concat", UnitKind::join, "concat"},
    OpLook{"relu", UnitKind::norm, "ReLU"},
    OpLook{"relu6", UnitKind::norm, "ReLU6"},
    OpLook{"sigmoid", UnitKind::norm, "sigmoid"},
    OpLook{"silu", UnitKind::norm, "SiLU"},
    OpLook{"softmax", UnitKind::other, "softmax"},
};
constexpr std::array<std::string_view, 4> kInvisible{"flatten", "dropout", "drop_path", "constant"};

OpLook look_of(const LayerSummary& layer) {
  for (const OpLook& look : kLooks)
    if (look.op == layer.op) return look;
  return {layer.op, UnitKind::other, layer.op};
}

/// Whether the second layer begins a module inside the first one's, as the norm ahead of a block
/// does.
bool opens_module(const std::string& first, const std::string& second) {
  const std::string outer = first.substr(0, first.rfind('.') + 1);
  const std::string inner = second.substr(0, second.rfind('.') + 1);
  return inner.size() > outer.size() && inner.starts_with(outer);
}

bool is_global(const LayerSummary& layer) {
  return layer.op.starts_with("adaptive_") &&
         layer.output.elements() == layer.output[0] * layer.output[-1];
}

Unit unit_of(const LayerSummary& layer) {
  const OpLook look = look_of(layer);
  Unit unit;
  unit.kind = look.kind;
  unit.name = layer.name;
  unit.op = layer.op;
  unit.output = layer.output;
  unit.title = is_global(layer) ? "global pool" : std::string(look.text);
  if (is_global(layer) || layer.kernel.empty()) return unit;
  // A convolution's size goes with its name, its stride may change from block to block.
  const bool depthwise = layer.kernel.starts_with("dw ");
  const std::string kernel = layer.kernel.substr(depthwise ? 3 : 0);
  const std::size_t gap = kernel.find(" s");
  const std::size_t end = gap == std::string::npos ? gap : kernel.find(' ', gap + 1);
  if (depthwise) unit.title = "dw " + unit.title;
  unit.title += ' ' + kernel.substr(0, gap);
  if (gap == std::string::npos) return unit;
  unit.stride = kernel.substr(gap + 1, end == std::string::npos ? end : end - gap - 1);
  if (end != std::string::npos) unit.title += kernel.substr(end);
  return unit;
}

class Folder {
 public:
  explicit Folder(const std::vector<LayerSummary>& layers)
      : layers_(layers), unit_of_(layers.size(), -1), readers_(layers.size(), 0) {
    for (const LayerSummary& layer : layers)
      for (const int input : layer.inputs)
        if (input >= 0) ++readers_[std::size_t(input)];
  }

  std::vector<Unit> run() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const LayerSummary& layer = layers_[i];
      if (std::find(kInvisible.begin(), kInvisible.end(), layer.op) != kInvisible.end())
        unit_of_[i] = layer.inputs.empty() ? -1 : unit_before(layer.inputs[0]);
      else if (folds(layer))
        fold(i);
      else
        add(i);
    }
    return std::move(units_);
  }

 private:
  int unit_before(int layer) const { return layer < 0 ? -1 : unit_of_[std::size_t(layer)]; }

  /// A norm or an activation goes into the box of the only layer it reads, when nobody else reads
  /// that; of norms, only the one behind a layer with weights.
  bool folds(const LayerSummary& layer) const {
    if (look_of(layer).kind != UnitKind::norm || layer.op == "local_response_norm") return false;
    if (layer.inputs.size() != 1 || unit_before(layer.inputs[0]) < 0) return false;
    if (readers_[std::size_t(layer.inputs[0])] != 1) return false;
    const Unit& before = units_[std::size_t(unit_before(layer.inputs[0]))];
    if (before.kind == UnitKind::pool) return false;
    if (!layer.op.ends_with("_norm")) return true;
    if (opens_module(before.name, layer.name)) return false;
    return before.kind != UnitKind::join && before.kind != UnitKind::norm;
  }

  void fold(std::size_t i) {
    const int before = unit_before(layers_[i].inputs[0]);
    unit_of_[i] = before;
    units_[std::size_t(before)].tail.emplace_back(look_of(layers_[i]).text);
    ++units_[std::size_t(before)].layers;
  }

  void add(std::size_t i) {
    Unit unit = unit_of(layers_[i]);
    for (const int input : layers_[i].inputs) {
      const int before = unit_before(input);
      if (std::find(unit.inputs.begin(), unit.inputs.end(), before) == unit.inputs.end())
        unit.inputs.push_back(before);
    }
    unit_of_[i] = int(units_.size());
    units_.push_back(std::move(unit));
  }

  const std::vector<LayerSummary>& layers_;
  std::vector<int> unit_of_;  // per layer
  std::vector<int> readers_;  // per layer
  std::vector<Unit> units_;
};

}  // namespace

std::vector<Unit> fold_layers(const std::vector<LayerSummary>& layers) {
  return Folder(layers).run();
}

std::string heading(const Unit& unit) {
  return unit.stride.empty() ? unit.title : unit.title + ' ' + unit.stride;
}

std::string subheading(const Unit& unit) {
  std::string text;
  const bool changes_channels = unit.kind == UnitKind::conv || unit.kind == UnitKind::grouped ||
                                unit.kind == UnitKind::depthwise || unit.kind == UnitKind::linear;
  if (changes_channels) text = std::to_string(unit.output[-1]);
  for (const std::string& part : unit.tail) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string shape_text(const Shape& batch) {
  std::string text;
  for (int axis = 1; axis < batch.rank(); ++axis)
    text += (axis > 1 ? "×" : "") + std::to_string(batch[axis]);
  return text;
}

}  // namespace noyau::explain
