#pragma once

#include <cstdint>
#include <string_view>

namespace noyau::training {

/// One enumerator for each row of optimizers.def; docs/training.md says what each computes.
enum class OptimizerKind : std::uint8_t {
#define NOYAU_OPTIMIZER(name, ...) name,
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
};

/// An optimiser and its settings; each kind reads its own. Learning rate and weight decay are not
/// here: they come with each update.
struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::sgd;
  double momentum = 0.9;            ///< sgd, rmsprop, lars; 0 = no velocity is kept
  double dampening = 0;             ///< sgd, lars: share of a gradient that the velocity ignores
  bool nesterov = false;            ///< sgd, lars
  double beta1 = 0.9;               ///< adam, lamb: of the mean of the gradients
  double beta2 = 0.999;             ///< adam, lamb: of the mean of their squares
  double eps = 1e-8;                ///< all but sgd: added to what is divided by
  bool amsgrad = false;             ///< adam: divide by the largest mean square so far
  double alpha = 0.9;               ///< rmsprop: of the mean of the squares
  bool centered = false;            ///< rmsprop: divide by the deviation, not the root mean square
  double rate_decay = 0;            ///< adagrad: rate / (1 + rate_decay * updates before)
  double trust_coefficient = 1e-3;  ///< lars
  bool trust_clip = false;          ///< lars: never above the learning rate (LARC)
};

std::string_view to_string(OptimizerKind kind);
/// Throws Error(invalid_argument) listing the known names.
OptimizerKind parse_optimizer(std::string_view name);

/// What `noyau train` takes for a kind where the user says nothing.
struct OptimizerDefaults {
  double rate = 0, weight_decay = 0;
  OptimizerOptions options;
  std::string_view settings;  ///< names of what the kind reads, separated by spaces
};
OptimizerDefaults optimizer_defaults(OptimizerKind kind);

/// Throws Error(invalid_argument) naming the field that is out of range.
void check(const OptimizerOptions& options);

}  // namespace noyau::training
