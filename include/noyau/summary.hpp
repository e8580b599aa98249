#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "noyau/tensor.hpp"

namespace noyau {

/// The receptive field of a layer that sees the whole input whatever its size.
inline constexpr std::int64_t kWholeInput = 0;

/// One layer of a summary. `output` is that of the whole batch.
struct LayerSummary {
  std::string name;
  std::string op;      ///< "conv", "grouped conv", "depthwise conv", "linear", "batch_norm", ...
  std::string kernel;  ///< "3x3 s2 g32", "dw 3x3", "1x7"; empty for ops without a window
  Shape output;
  /// The layers whose outputs it reads, as positions in the list; -1 is the input of the network.
  std::vector<int> inputs;
  std::int64_t parameters = 0;  ///< trainable numbers, biases among them
  std::int64_t biases = 0;
  std::int64_t macs = 0;              ///< multiply-adds of one image
  std::int64_t activation_bytes = 0;  ///< of the whole batch
  /// Pixels of the input, along its longest axis, that one output position depends on; it may be
  /// more than the input has. kWholeInput after global pools and linear layers.
  std::int64_t receptive_field = 1;
};

/// A network layer by layer, in an order in which each comes after those it reads.
struct ModelSummary {
  std::string name;
  Shape input;
  std::int64_t classes = 0;
  std::vector<LayerSummary> layers;
  std::int64_t parameters = 0, biases = 0, macs = 0, activation_bytes = 0;
};

/// A picture of the architecture as an SVG document: left the network from input to logits, equal
/// blocks in a row drawn once, right each kind of block opened up. The same summary gives the same
/// bytes.
std::string architecture_svg(const ModelSummary& summary);

/// Writes `architecture_svg` to a file. Throws Error(io) naming the path; an old file is then
/// intact.
void write_architecture_svg(const std::string& path, const ModelSummary& summary);

/// Writes one HTML file with the picture and the table of layers, which needs no other file and no
/// network. Throws as `write_architecture_svg`.
void write_summary_page(const std::string& path, const ModelSummary& summary);

}  // namespace noyau
