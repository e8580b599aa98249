#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "api/learning.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

/// The kinds of a family that read the setting, as "a, b".
struct Readers {
  std::string family, names;
};
void add(Readers& readers, const char* family, std::string_view kind, bool reads_it) {
  if (!reads_it) return;
  readers.family = family;
  readers.names += (readers.names.empty() ? "" : ", ") + std::string(kind);
}

/// Who reads a setting; nobody in particular for most.
Readers readers_of(const std::string& name) {
  Readers readers;
#define NOYAU_OPTIMIZER(kind, rate, decay, eps, settings) \
  add(readers, "optimizer", #kind, api::reads(settings, name));
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
#define NOYAU_SCHEDULE(kind, settings) add(readers, "schedule", #kind, api::reads(settings, name));
#include "train/schedule/schedules.def"
#undef NOYAU_SCHEDULE
  return readers;
}

[[noreturn]] void refuse(const std::string& where, const std::string& with,
                         const std::string& expected) {
  throw Error(ErrorCode::invalid_argument, "--" + where, "given with --" + with, expected);
}

void expect_read(const TrainOptions& options, const std::string& name) {
  if (get_option(options, name).empty()) return;
  const Readers readers = readers_of(name);
  if (readers.names.empty()) return;
  const std::string chosen = get_option(options, readers.family);
  std::string names = readers.names;
  std::ranges::replace(names, ',', ' ');
  if (api::reads(names, chosen)) return;
  refuse(name, readers.family + " " + chosen, "--" + readers.family + " " + readers.names);
}

void expect_momentum(const TrainOptions& options) {
  if (api::is_one_cycle(options)) {
    const char* why = "another schedule: one_cycle moves it by itself";
    if (options.momentum) refuse("momentum", "schedule one_cycle", why);
    if (options.beta1) refuse("beta1", "schedule one_cycle", why);
    if (options.warmup_epochs.value_or(0) > 0) refuse("warmup-epochs", "schedule one_cycle", why);
  }
  if (!options.nesterov.value_or(false)) return;
  if (options.momentum == 0.0) refuse("nesterov", "momentum 0", "a momentum above 0");
  if (options.dampening.value_or(0) > 0) refuse("nesterov", "dampening", "a dampening of 0");
}

// Frozen stages see each picture once, at one size, and by itself.
void check_freeze(const TrainOptions& options) {
  if (options.freeze == "none") {
    if (options.views > 0) refuse("views", "freeze none", "--freeze head, a number or auto");
    return;
  }
  if (options.from.empty())
    throw Error(ErrorCode::invalid_argument, "--freeze", "given without --from",
                "weights to start from: frozen stages keep theirs");
  if (options.progressive < 1) refuse("progressive", "freeze", "pictures of one size");
  if (options.augment != "auto" && mixes(parse_augmentations(options.augment)))
    refuse("augment " + options.augment, "freeze", "steps that do not mix pictures");
}

}  // namespace

void check_options(const TrainOptions& options) {
  for (const OptionInfo& info : train_options()) {
    TrainOptions copy = options;
    set_option(copy, info.name, get_option(options, info.name));
    expect_read(options, info.name);
  }
  expect_momentum(options);
  if (options.milestones) api::parse_milestones(*options.milestones);
  if (options.schedule == "multistep" && !options.milestones)
    throw Error(ErrorCode::invalid_argument, "--schedule multistep", "no --milestones",
                "the epochs of the drops", "--milestones 30,60,80");
  if (options.snapshots && options.schedule != "cosine_restarts")
    throw Error(ErrorCode::invalid_argument, "--snapshots",
                fmt::format("--schedule {}", options.schedule), "--schedule cosine_restarts",
                "a snapshot is kept where the rate starts again");
  if (options.networks > 0 && options.folds > 0)
    refuse("networks", "folds", "one of both: each fold has another test part");
  check_freeze(options);
  if (options.crop_fraction > 0 && options.crop_fraction < 0.1)
    throw Error(ErrorCode::invalid_argument, "--crop-fraction",
                fmt::format("{}", options.crop_fraction), "0.1 to 1, or 0 for what is usual");
  if (options.progressive < 1 && options.normalise == "mean_image")
    refuse("progressive", "normalise mean_image", "statistics that hold for every size");
  training::check(api::optimizer_options(options));
  training::check(api::schedule_options(options, 1));
  training::check(training::GroupOptions{.layer_decay = options.layer_decay});
}

}  // namespace noyau
