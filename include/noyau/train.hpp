#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/model.hpp"
#include "noyau/report.hpp"

namespace noyau {

/// Every setting of a training run. `train_options()` lists them with their ranges; the names there
/// are the flags of `noyau train` and the keys of args.toml. What depends on the optimizer or the
/// schedule is unset at first, which means its usual value; docs/training.md has them all.
struct TrainOptions {
  std::string data;             ///< folder of the dataset
  std::string recipe = "fast";  ///< where the settings come from; change it by `apply_recipe`
  std::string model = "cifar_resnet20";  ///< a name of the zoo
  std::int64_t epochs = 20, batch = 128;
  /// "40m": the run is fitted to this time, which decides on epochs and steps; empty = it is not.
  std::string time;
  std::int64_t accumulate = 1;    ///< batches of one update; their gradients are averaged
  std::string optimizer = "sgd";  ///< sgd, adam, adamw, rmsprop, rmsprop_tf, adagrad, lars, lamb
  std::optional<double> lr;
  std::optional<double> momentum, dampening;  ///< sgd, rmsprop, lars
  std::optional<bool> nesterov;               ///< sgd (usual), lars
  std::optional<double> beta1, beta2, eps;    ///< adam, adamw, lamb
  std::optional<bool> amsgrad;                ///< adam, adamw
  std::optional<double> rms_alpha;            ///< rmsprop
  std::optional<bool> centered;               ///< rmsprop
  std::optional<double> rate_decay;           ///< adagrad
  std::optional<double> trust_coefficient;    ///< lars
  std::optional<bool> trust_clip;             ///< lars
  std::optional<double> weight_decay;
  bool decay_norms_and_biases = false;
  double layer_decay = 1;  ///< the rate of each earlier stage of the network, as a factor; 1 = off
  /// constant, step, multistep, exponential, polynomial, cosine, cosine_restarts, one_cycle,
  /// plateau
  std::string schedule = "cosine";
  std::optional<std::int64_t> step_epochs;  ///< step, exponential: epochs between two drops
  std::optional<double> step_factor;        ///< what a drop multiplies the learning rate with
  std::optional<std::string> milestones;    ///< multistep: the epochs of the drops, "30,60,80"
  std::optional<double> power;              ///< polynomial
  std::optional<double> final_lr;           ///< cosine, polynomial: at the end; plateau: the lowest
  std::optional<std::int64_t> cycle_epochs;  ///< cosine_restarts: of the first cycle
  std::optional<double> cycle_growth;        ///< cosine_restarts: each cycle to the one before
  std::optional<double> one_cycle_rise;      ///< share of the run until the highest rate
  std::optional<double> one_cycle_div, one_cycle_final_div;  ///< lr to the first rate, to the last
  std::optional<bool> one_cycle_linear, one_cycle_three_phase;
  std::optional<std::int64_t> plateau_patience, plateau_cooldown;  ///< epochs
  std::optional<double> plateau_threshold;
  std::optional<bool> plateau_absolute;  ///< the threshold is a difference, not a share
  std::optional<double> warmup_epochs;   ///< usually 1
  double warmup_start = 0;  ///< first rate of the warm-up, as a share of lr; 0 = 1 / its steps
  double clip_norm = 0;     ///< largest global norm of the gradient; 0 = no clipping
  double label_smoothing = 0;
  double ema = 0;             ///< decay of the weights' moving average; 0 = none
  std::int64_t patience = 0;  ///< epochs without a better validation that end the run; 0 = never
  bool snapshots = false;     ///< keep the weights at the end of each cycle of the rate
  bool tensorboard = false;   ///< also write event files for TensorBoard
  double focal_gamma = 0;     ///< see nn::CrossEntropyOptions
  std::string class_weights = "none";  ///< none, balanced, effective (Cui et al. 2019)
  std::string sampling = "shuffle";    ///< shuffle, balanced; see Sampling
  /// Stochastic depth and dropout of the head, negative = as the architecture says; DropConnect.
  /// See nn::Regularisation.
  double drop_path = -1, dropout = -1, drop_connect = 0;
  std::string numerics = "fast";  ///< exact, fast, bf16; see Numerics
  std::string memory = "normal";  ///< normal, low; see Memory
  bool zero_gamma = false;  ///< last norm of each residual branch starts at 0 (Goyal et al. 2017)
  std::string augment = "auto";  ///< auto, or what `parse_augmentations` reads
  std::string normalise = "mean_std";
  std::int64_t image_size = 0;  ///< pixels; 0 = that of the pictures, or of the model
  /// Share of the shorter side that the centre crop keeps, see InputSize; 0 = as the weights of
  /// `from` say, else 0.875 above 64 pixels and 1 up to them.
  double crop_fraction = 0;
  /// Progressive resizing: size of the first quarter's training pictures as a share of
  /// `image_size`, from which it grows in steps to the last quarter (Howard 2018; Tan and Le 2021);
  /// 1 = off.
  double progressive = 1;
  double val_fraction = 0.1, test_fraction = 0.1;
  std::int64_t per_class = 0;  ///< most training pictures of each class; 0 = all
  std::string split;  ///< file of the parts, see DataOptions; empty = drawn, or as the folder says
  /// Cross-validation, see DataOptions; `train_folds` trains them all.
  std::int64_t folds = 0, fold = 0;
  std::int64_t networks = 0;  ///< to train with seeds that follow; `train_networks` does
  std::uint64_t seed = 0;
  std::optional<std::uint64_t> split_seed;  ///< of the parts, where the data has none; usually seed
  std::int64_t threads = 0;                 ///< 0 = all processors
  bool tune = false;                        ///< see TuneOptions
  std::int64_t workers = 1;                 ///< decode threads
  std::int64_t max_bad = -1;                ///< most pictures that may be skipped; -1 = any number
  std::int64_t limit_steps = 0;             ///< most steps of an epoch; 0 = all
  std::string out;                          ///< run folder; empty = runs/trainN
  /// Weights to start from: run folder, .noyau, .safetensors or .pth file, or a name that
  /// `weights list` shows; empty = drawn from the seed. Input and preprocessing come from there
  /// too, and the last layer starts anew where the classes differ.
  std::string from;
  /// What the classifier reads: "last" features, as the architecture says, or those of all
  /// "stages".
  std::string head = "last";
  /// Stages that do not learn: "none", "head" (all but the last stage), a number of them from the
  /// input on, or "auto" (what `advise` recommends). What they make of the pictures is computed
  /// once and kept on disk.
  std::string freeze = "none";
  std::int64_t views = 0;  ///< of each picture as augmentation changes it, with `freeze`; 0 = 8
  bool ignore_mismatched = false;  ///< as in WeightOptions
  Network network;                 ///< when set, trained in place of a zoo model; `model` names it
};

/// One setting as the command line and args.toml know it.
struct OptionInfo {
  enum class Kind : std::uint8_t { text, integer, number, flag };
  std::string name;  ///< "weight-decay"
  Kind kind = Kind::text;
  std::string help;
  std::string range;  ///< "a number from 0 to 10", "one of constant, step, cosine"
};

/// All settings except `data` and `out`, in the order of args.toml.
const std::vector<OptionInfo>& train_options();
/// Sets one by its name from text, without regard to the locale; "" unsets what can be unset.
/// Throws Error(invalid_argument) with the allowed range, or with the nearest name.
void set_option(TrainOptions& options, std::string_view name, std::string_view text);
/// The value as text, such that `set_option` gives the same value back.
std::string get_option(const TrainOptions& options, std::string_view name);
/// Reads args.toml over `options`. Throws Error(io, invalid_argument) with line and column for
/// unknown or repeated keys, other types and values out of range.
void read_options(TrainOptions& options, const std::string& path);

/// A published way to train, or one of our own, as settings.
struct Recipe {
  std::string name, summary;
  std::string text;  ///< as args.toml
};
/// Every recipe; the first holds the defaults of TrainOptions.
const std::vector<Recipe>& recipes();
/// Throws Error(invalid_argument) with the nearest name.
const Recipe& find_recipe(std::string_view name);
/// Takes over every setting that the recipe has a line for. Throws as `find_recipe`.
void apply_recipe(TrainOptions& options, std::string_view name);
/// Throws Error(invalid_argument) for values out of range, and for settings that contradict each
/// other, such as `nesterov` with the optimizer adam, naming both.
void check_options(const TrainOptions& options);

/// Where a run stands; told after each step.
struct Progress {
  std::int64_t epoch = 0, epochs = 0;  ///< counted from 1
  std::int64_t step = 0, steps = 0;    ///< of this epoch, counted from 1
  double loss = 0;                     ///< mean of this epoch so far
  double accuracy = kNotMeasured;      ///< the same, of classes
  double img_s = 0, wait_share = 0, lr = 0;
  double epoch_left_s = 0, run_left_s = 0;
};

/// What a run is about to do; told once before the first step.
struct RunStart {
  std::string run, model, data, part;  ///< `part`: what is evaluated at the end, "test" or "val"
  std::int64_t parameters = 0, macs = 0;
  std::int64_t train_images = 0, val_images = 0, test_images = 0, skipped = 0;
  Task task = Task::classes;
  std::int64_t classes = 0;  ///< or labels, or values
  InputSize input;
  std::int64_t threads = 0, batch = 0;
  std::int64_t epoch = 0, step = 0;    ///< where a resumed run starts
  std::string from;                    ///< the weights that a new run starts from, if any
  WeightMatch match;                   ///< what that file gave
  std::int64_t epochs = 0, steps = 0;  ///< of the run; updates of an epoch
  std::int64_t memory = 0;             ///< bytes that a training step works in
  double forecast_s = 0;               ///< time that the run will take, with --time; 0 = not known
  std::int64_t frozen_parameters = 0;  ///< that do not learn
  std::int64_t feature_width = 0;  ///< numbers that they make of a picture; 0 = nothing is frozen
  std::int64_t views = 0;          ///< of each training picture, of which features are kept
};

/// How far the features of frozen stages are; nothing is told of those that are kept on disk.
struct FeatureProgress {
  Split part = Split::train;
  std::int64_t view = 0, views = 0;  ///< counted from 0
  std::int64_t done = 0, count = 0;  ///< pictures of the view
  double left_s = 0;                 ///< for this view and those that follow
};

struct Advice;  // noyau/advise.hpp

/// What a run tells while it goes on; any of them may be empty. `stop` ends it after a step.
struct TrainCallbacks {
  std::function<void(const RunStart&)> started;
  std::function<void(const FeatureProgress&)> features;
  /// With --freeze auto: how many pictures it has looked at, and what it says before it is
  /// followed.
  std::function<void(std::int64_t done, std::int64_t count)> advising;
  std::function<void(const Advice&)> advised;
  std::function<void(const Progress&)> step;
  std::function<void(const EpochRow&, bool best)> epoch;
  std::function<void(const std::string&)> warning;
  const std::atomic<bool>* stop = nullptr;
};

struct TrainResult {
  std::string run;
  bool stopped = false;  ///< by `stop`; nothing below is set then
  std::string part;      ///< "test", "val" or "train": what the best weights were evaluated on
  Task task = Task::classes;
  std::int64_t classes = 0;                        ///< or labels, or values
  double loss = 0, score = 0, top1 = 0, top5 = 0;  ///< as in Evaluation
  double balanced_accuracy = 0;                    ///< of classes: their mean recall, 0..1
  double calibration_error = kNotMeasured;         ///< of classes: expected_calibration_error
  std::vector<AnswerScore> answers;                ///< of labels and values, one for each
  std::int64_t images = 0, best_epoch = 0;
  double val_score = 0;  ///< of the best epoch; 0 without a validation part
  double seconds = 0;
  std::string report;  ///< path of report.html; empty where it could not be written
  /// False where plots, report or summary could not be written, as the warnings said; `resume`
  /// writes them again.
  bool complete = true;
};

/// Opens `options.data` with the split and seed of `options`; `channels` as in DataOptions.
/// Throws Error(io, corrupt_file, unsupported, invalid_argument).
Dataset open_data(const TrainOptions& options, int channels = 0);

/// Trains, writes the run folder and evaluates the best weights. Throws Error(invalid_argument) for
/// options that do not fit the data, Error(numeric) naming step and layer when the loss is not
/// finite, Error(io) when the run folder cannot be written.
TrainResult train(const TrainOptions& options, const Dataset& data,
                  const TrainCallbacks& callbacks = {});

struct ResumeOptions {
  std::string run;
  std::int64_t epochs = 0;  ///< more epochs in all than before; 0 = as before
  std::int64_t threads = 0, workers = 0;
  bool allow_changed_data = false;
  Network network = {};  ///< as in TrainOptions, when the run was started with one
  /// Settings (names and texts) that the caller believes to hold: refused where they differ.
  std::vector<std::pair<std::string, std::string>> expected = {};
};

/// The settings of a run folder. Throws Error(io, invalid_argument, corrupt_file).
TrainOptions read_run(const std::string& run);

/// Goes on from the last checkpoint, with the same bits as a run that was never interrupted.
/// Throws as `train`, and Error(invalid_argument) for changed data or contradicting settings.
TrainResult resume(const ResumeOptions& options, const TrainCallbacks& callbacks = {});

/// What repeating the first steps of a run showed.
struct VerifyResult {
  std::int64_t steps = 0;  ///< that were repeated
  bool same = false;       ///< every loss, every gradient norm and all weights have equal bits
  std::int64_t first_different = 0;  ///< step counted from 1; 0 = only the weights differ
  std::string what = {}, expected = {},
              got = {};  ///< of the first difference: "loss", "weights"...
};

/// Trains the first steps of a run again, from what its folder says, and compares. Nothing is
/// written. Throws as `resume`, and Error(invalid_argument) where the data changed.
VerifyResult verify(const std::string& run, int threads = 0);

/// What cross-validation gave.
struct FoldsResult {
  std::string folder;  ///< holds folds.csv and one run a fold
  Task task = Task::classes;
  std::vector<double> scores = {};                    ///< of each fold's test part
  double mean = 0, deviation = 0, low = 0, high = 0;  ///< the interval of the mean, 95 %
  bool stopped = false;
};

/// Trains `options.folds` times, each time with another part of the training pictures as the test
/// part, into `options.out`/fold1 ... (by default runs/folds). Folds that are done are not
/// repeated, one that was interrupted goes on. Throws as `train`, and Error(invalid_argument) for
/// fewer than two folds.
FoldsResult train_folds(const TrainOptions& options, const TrainCallbacks& callbacks = {});

}  // namespace noyau
