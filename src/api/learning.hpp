#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "noyau/train.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// What the options mean for optimiser and schedule.

/// Settings that depend on optimizer and schedule get their usual values where they are unset;
/// those that the chosen ones do not read stay as they are.
TrainOptions with_usual(TrainOptions options);

training::OptimizerOptions optimizer_options(const TrainOptions& options);

/// Lengths in epochs become steps. A warm-up takes at most a quarter of the run.
training::Schedule schedule_options(const TrainOptions& options, std::int64_t steps_per_epoch);

/// Whether `name` is one of the words of `settings`, as optimizers.def and schedules.def list them.
bool reads(std::string_view settings, std::string_view name);
/// one_cycle has a warm-up and a momentum of its own.
bool is_one_cycle(const TrainOptions& options);

/// "30,60,80" as numbers. Throws Error(invalid_argument) unless they are whole, 1 or more, rising.
std::vector<std::int64_t> parse_milestones(std::string_view text);

}  // namespace noyau::api
