#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/nn.hpp"

/// The architectures: one file per family, one row per variant (src/zoo/zoo.def lists the files).
namespace noyau::zoo {

/// Which network to build, and for what.
struct ModelSpec {
  std::string name;  ///< a variant: "cifar_resnet20"
  std::int64_t in_channels = 3;
  nn::Size2 image_size = 32;  ///< pixels
  std::int64_t classes = 10;
  std::int64_t batch = 1;
  bool training = false;   ///< batch statistics, live dropout, and a loss
  bool with_loss = false;  ///< a loss although not training
  bool double_precision = false;
  double label_smoothing = 0.0;
};

/// What the literature says of a variant, and for which input it says so.
struct Published {
  std::int64_t parameters = 0;  ///< trainable numbers
  std::int64_t macs = 0;        ///< multiply-adds per image of convolutions and linear layers
  std::int64_t in_channels = 3;
  std::int64_t image_size = 32;
  std::int64_t classes = 10;
};

/// One row of a family's table.
struct Variant {
  std::string name;
  std::string summary;  ///< one line: what it is
  std::string paper;    ///< where it comes from; says so when the network is our own
  Published published;
  std::int64_t smallest_image = 1;  ///< pixels, the shorter side
  /// Appends the network to a graph, from x [N, H, W, C] to the logits [N, classes].
  std::function<ValueId(nn::Builder&, ValueId x, std::int64_t classes)> build;
};

/// All variants, in the order of zoo.def.
const std::vector<Variant>& variants();

/// Throws Error(invalid_argument) with the nearest names.
const Variant& find(std::string_view name);

/// The network as a graph with input "x" [N, H, W, C] and output "logits" [N, classes]; with a loss
/// also input "target" [N] of i32 and output "loss" [1], the mean over the batch.
/// Throws Error(invalid_argument) for an unknown name, extents under 1, or a picture too small.
Graph build(const ModelSpec& spec);

}  // namespace noyau::zoo
