#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/loss.hpp"
#include "noyau/nn.hpp"

/// The architectures: one file per family, one row per variant (src/zoo/zoo.def lists the files).
namespace noyau::zoo {

/// Which network to build, and for what.
struct ModelSpec {
  std::string name;  ///< a variant: "cifar_resnet20"
  std::int64_t in_channels = 3;
  nn::Size2 image_size = 32;  ///< pixels
  std::int64_t depth = 1;     ///< slices or frames, for the networks that take volumes
  std::int64_t classes = 10;
  std::int64_t batch = 1;
  bool training = false;   ///< batch statistics, live dropout, and a loss
  bool with_loss = false;  ///< a loss although not training
  bool double_precision = false;
  bool zero_gamma = false;  ///< see NetworkOptions
  bool drop = true;         ///< false: no dropout and no stochastic depth, for checks
  bool aux_heads = true;    ///< in training, the auxiliary classifiers of networks that have them
  /// What their losses are multiplied with; absent: the paper's factor.
  std::optional<double> aux_weight = {};
  nn::Regularisation regularisation = {};  ///< in training; changes no parameters
  nn::LossSettings loss = {};              ///< what the logits mean and how they are judged
  nn::Conventions conventions = {};        ///< of the weights that it is for
};

/// What the literature says of a variant, and for which input it says so.
struct Published {
  std::int64_t parameters = 0;  ///< trainable numbers
  std::int64_t macs = 0;        ///< multiply-adds per image of convolutions and linear layers
  std::int64_t in_channels = 3;
  std::int64_t image_size = 32;
  std::int64_t classes = 10;
  std::int64_t depth = 1;  ///< slices or frames
};

/// What may differ between two networks of one variant.
struct NetworkOptions {
  std::int64_t classes = 10;
  bool aux_heads = false;   ///< also the auxiliary classifiers
  bool zero_gamma = false;  ///< last norm of each residual branch starts at 0 (Goyal et al. 2017)
};

/// Values [N, classes].
struct Heads {
  ValueId logits = kNoValue;
  std::vector<ValueId> aux = {};
  Heads(ValueId only) : logits(only) {}
  Heads(ValueId main, std::vector<ValueId> others) : logits(main), aux(std::move(others)) {}
};

/// One row of a family's table.
struct Variant {
  std::string name;
  std::string summary;  ///< one line: what it is
  std::string paper;    ///< where it comes from; says so when the network is our own
  Published published;
  std::int64_t smallest_image = 1;  ///< pixels, the shorter side
  /// Appends the network to a graph, from x [N, H, W, C] to the logits [N, classes].
  std::function<Heads(nn::Builder&, ValueId x, const NetworkOptions& options)> build;
  bool volumes = false;     ///< x is [N, D, H, W, C]; a picture is a volume of depth 1
  double aux_weight = 0.0;  ///< of the losses of auxiliary classifiers, from the paper; 0 = none
};

/// All variants, in the order of zoo.def.
const std::vector<Variant>& variants();

/// Throws Error(invalid_argument) with the nearest names.
const Variant& find(std::string_view name);

/// The network as a graph with input "x" [N, H, W, C] and output "logits" [N, classes]; with a loss
/// also its inputs (nn::add_loss_inputs) and output "loss" [1], the mean over the batch. In
/// training, auxiliary classifiers give outputs "aux1", "aux2" and their weighted losses are part
/// of "loss". Throws Error(invalid_argument) for an unknown name, extents under 1, a picture too
/// small, or regularisation that no layer of the network can serve, with the names of those that
/// can.
Graph build(const ModelSpec& spec);

}  // namespace noyau::zoo
