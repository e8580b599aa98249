#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/thread_pool.hpp"
#include "kernels/kernel.hpp"
#include "noyau/tensor.hpp"
#include "train/optimizer/options.hpp"

namespace noyau::training {

/// What an update is told besides the parameter.
struct UpdateStep {
  std::int64_t step = 0;                ///< updates of the run before this one
  double rate = 0;                      ///< learning rate
  double weight_decay = 0;              ///< coupled or decoupled, as the rule says
  double gradient_scale = 1;            ///< what the gradient is multiplied with first
  std::optional<double> momentum = {};  ///< takes the place of momentum and beta1 in this update
};

/// A tensor of the parameter's shape that a rule keeps: its name in checkpoints, whether these
/// options need it, and the number it starts with.
struct SlotInfo {
  std::string_view name;
  bool used = true;
  double start = 0;
};

/// The tensors of one parameter, in the order of Rule::slots; null where not used.
inline constexpr std::size_t kMostSlots = 3;
using Slots = std::array<Tensor*, kMostSlots>;

/// Memory that one update may use.
struct Scratch {
  Tensor direction;          ///< as large as the largest parameter; empty unless the rule asks
  std::vector<double> sums;  ///< partial sums of norms
};

/// One update of one parameter.
struct Update {
  const OptimizerOptions& options;
  const UpdateStep& step;
  Tensor& weight;
  const void* gradient;
  const Slots& slots;
  Scratch& scratch;
  ThreadPool& pool;

  void* slot(std::size_t i) const { return slots[i] ? slots[i]->raw() : nullptr; }
};

/// How an optimiser updates a parameter.
struct Rule {
  std::vector<SlotInfo> (*slots)(const OptimizerOptions&);
  void (*update)(const Update&);
  bool needs_direction = false;
};

#define NOYAU_OPTIMIZER(name, ...) const Rule& name##_rule();
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER

/// Runs the first kernel of `family` that takes the problem.
void run_kernel(std::string_view family, const kernels::Problem& problem,
                std::span<const void* const> inputs, std::span<void* const> outputs,
                ThreadPool& pool);

/// The l2 norm of `count` numbers of `dtype`, summed in double over fixed chunks in a fixed order.
double l2_norm(const void* data, DType dtype, std::int64_t count, Scratch& scratch,
               ThreadPool& pool);

/// Room for the partial sums of a norm over so many numbers.
std::size_t norm_chunks(std::int64_t count);

}  // namespace noyau::training
