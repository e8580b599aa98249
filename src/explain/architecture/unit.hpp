#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "noyau/summary.hpp"

/// Draws architectures. Layers become units (fold), units become blocks and a column of stages
/// (group), each kind of block gets boxes with places (layout), and those become SVG (draw).
namespace noyau::explain {

/// What a box is coloured by.
enum class UnitKind : std::uint8_t { conv, grouped, depthwise, pool, linear, norm, join, other };

/// A layer with the norm and the activation behind it, drawn as one box.
struct Unit {
  UnitKind kind = UnitKind::other;
  std::string name;               ///< of its first layer
  std::string op;                 ///< of its first layer
  std::string title;              ///< "conv 3x3"
  std::string stride;             ///< "s2", empty for 1
  std::vector<std::string> tail;  ///< "BN", "ReLU"
  Shape output;
  std::vector<int> inputs;  ///< units, -1 is the input of the network; each once
  int layers = 1;
};

/// Folds norms and activations into what they alone read, and drops what only changes the view of
/// its input.
std::vector<Unit> fold_layers(const std::vector<LayerSummary>& layers);

/// "conv 3x3 s2".
std::string heading(const Unit& unit);
/// "64, BN, ReLU".
std::string subheading(const Unit& unit);
/// "56×56×256"; the channels alone for [N, C].
std::string shape_text(const Shape& batch);

}  // namespace noyau::explain
