#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/stopwatch.hpp"
#include "base/thread_pool.hpp"
#include "noyau/data.hpp"
#include "noyau/graph.hpp"
#include "noyau/memory.hpp"
#include "noyau/numerics.hpp"
#include "runtime/session.hpp"
#include "runtime/weights.hpp"
#include "train/checkpoint.hpp"
#include "train/ema.hpp"
#include "train/evaluate.hpp"
#include "train/gradient_norm.hpp"
#include "train/gradient_sum.hpp"
#include "train/optimizer/optimizer.hpp"
#include "train/parameter_groups.hpp"
#include "train/schedule/plateau.hpp"
#include "train/schedule/schedule.hpp"

namespace noyau::training {

struct TrainerOptions {
  Task task = Task::classes;  ///< that the training graph was built for
  OptimizerOptions optimizer = {};
  GroupOptions groups = {};  ///< weight decay and rates of single parameters
  Schedule schedule = {};
  double ema = 0;               ///< decay of the moving average of all weights; 0 = none
  double clip_norm = 0;         ///< largest global l2 norm of the gradient; 0 = no clipping
  std::int64_t accumulate = 1;  ///< batches of one step; their gradients are averaged
  std::uint64_t seed = 0;       ///< of the first weights and of dropout
  std::vector<float> class_weight = {};  ///< for the input "class_weight" of the training graph
  Numerics numerics = Numerics::fast;
  Memory memory = Memory::normal;
  /// When set, kernels are tuned by this table, which grows. It changes no result. Read by the
  /// constructor alone.
  plan::Tuning* tuning = nullptr;
};

/// What a step did; told to the callback of `Trainer::fit_epoch`.
struct StepReport {
  std::int64_t epoch = 0, step = 0;  ///< counted from 0; the step within its epoch
  std::int64_t steps_per_epoch = 0;
  double loss = 0;  ///< mean of the batches, before the update
  double learning_rate = 0;
  double gradient_norm = 0;        ///< global l2 norm, before clipping
  const Totals* totals = nullptr;  ///< of the epoch so far, this step included
};

/// How an epoch ended.
struct EpochReport {
  bool stopped = false;      ///< by the stop flag; the epoch goes on with the next `fit_epoch`
  Totals totals;             ///< of the epoch's steps so far, in training mode
  double learning_rate = 0;  ///< of the last step
};

/// When the parts of a step ran, in seconds from its start; of several batches the last counts.
struct StepTimes {
  runtime::CallTime feed;                ///< pictures and labels go into the plan's buffers
  runtime::CallTime plan;                ///< all calls of the plan
  std::vector<runtime::CallTime> calls;  ///< each of them, from the start of the plan
  runtime::CallTime gradient_norm, optimizer;
  double seconds = 0;  ///< the whole step
};

/// Trains one network. A step is one update of the weights, from one batch or, with `accumulate`,
/// from several; positions count steps, so that a checkpoint never falls between the batches of
/// one. Every step is a pure function of weights, averages of the optimiser, position and seed, the
/// same bits for any number of threads; `checkpoint` and `restore` carry all of these.
class Trainer {
 public:
  /// `training`: built in training mode, with inputs "x" and "target" and outputs "logits" and
  /// "loss". `evaluation`: the same network in evaluation mode with output "logits". Both f32.
  /// `pool` is borrowed. Weights start as their Init says, from the seed.
  /// Throws Error(invalid_argument) for options out of range or a graph without those outputs,
  /// Error(shape_mismatch) for other class weights than the graph takes.
  Trainer(const Graph& training, const Graph& evaluation, const TrainerOptions& options,
          ThreadPool& pool);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Forward, loss, backward, update. Throws Error(numeric) naming step and layer when loss or
  /// gradient is not finite: weights, statistics and position are then those before the step.
  /// With `times`, also when each part of the step ran.
  StepReport step(const Batch& batch, StepTimes* times = nullptr);
  /// One update from the mean gradient of `batches` batches, at most `accumulate`, which `next`
  /// gives one after the other. Throws as above, and what `next` throws; nothing is changed then.
  StepReport step(const std::function<const Batch&()>& next, std::int64_t batches,
                  StepTimes* times = nullptr);

  /// Steps until the end of the epoch, or until `stop` is set (looked at after each step). The last
  /// step takes the batches that are left. The loader has to stand at the first batch of the step
  /// of `position()`: Error(invalid_argument) when its batch says otherwise.
  EpochReport fit_epoch(Loader& loader, const std::function<void(const StepReport&)>& on_step = {},
                        const std::atomic<bool>* stop = nullptr);

  /// Leaves the rest of the epoch out.
  void skip_to_next_epoch();

  /// Tells the plateau schedule the validation loss of the epoch that has ended.
  void end_epoch(double loss) { plateau_ = after_epoch(options_.schedule, plateau_, loss); }

  /// Where the schedule stands, in its own steps, and how many of them a step takes: a run that is
  /// fitted to a time walks through its schedule faster or slower.
  struct Pace {
    double at = 0, per_step = 1;
  };
  const Pace& pace() const { return pace_; }
  void set_pace(const Pace& pace) { pace_ = pace; }
  const Schedule& schedule() const { return options_.schedule; }
  /// Throws Error(invalid_argument) as the constructor.
  void set_schedule(const Schedule& schedule);

  /// Trains on from here with another graph of the same network, for pictures of another size.
  /// Throws Error(shape_mismatch) naming the parameter that the other graph has in another shape;
  /// nothing is changed then.
  void set_graph(const Graph& training);

  /// One epoch of `loader` in evaluation mode, on the weights as they are now.
  Evaluation evaluate(Loader& loader);
  /// The averages of the weights; nullptr without `ema`. They stand in for the weights, also in
  /// `evaluate` and `checkpoint`, while an EmaScope lives.
  Ema* ema() { return ema_.get(); }
  /// The averages start again at the weights as they are now, which came from a file.
  void restart_ema();

  const Position& position() const { return position_; }
  runtime::Weights& weights() { return weights_; }
  /// The training step after all passes, and its plan.
  const plan::Plan& plan() const { return session_->plan(); }

  /// Weights, averages, position, plateau and seed; best score, history and notes are the caller's
  /// to add.
  Checkpoint checkpoint();
  /// Goes on from there. Throws Error(shape_mismatch) naming the tensor that is absent or of
  /// another shape, Error(invalid_argument) for another seed; nothing is changed then.
  void restore(const Checkpoint& checkpoint);
  /// Takes only the weights, for evaluation. Throws as `restore`.
  void restore_weights(const Checkpoint& checkpoint);

 private:
  struct Parameter {
    std::string name;
    Tensor* weight = nullptr;
    GradientView gradient;  ///< of one batch, or the sum over those of a step
    ParameterGroup group;
  };
  /// Of the batches of one step. `norm` is that of the last batch, then of their mean gradient.
  struct BatchSums {
    double loss = 0, norm = 0;
    Totals totals;
  };
  /// Times a step while it runs; every call of the plan only when asked to.
  struct StepClock {
    Stopwatch watch = {};
    StepTimes times = {};
    bool calls = false;
  };

  void build_parameters(const Graph& training);
  /// Averages of the optimiser and of the weights, by the names that a checkpoint gives them.
  std::map<std::string, Tensor*> buffers();
  const Batch& next_of(Loader& loader, std::int64_t index) const;
  BatchSums run_batches(const std::function<const Batch&()>& next, std::int64_t batches,
                        StepClock& clock);
  void run_batch(const Batch& batch, std::int64_t index, BatchSums& sums, StepClock& clock);
  std::uint64_t draw_of(std::int64_t index) const;
  void feed(const Batch& batch);
  void run_forward_backward(std::uint64_t draw, StepClock& clock);
  void expect_finite(double loss, double norm, std::uint64_t draw);
  /// The schedule's own step that this update belongs to.
  std::int64_t schedule_step() const;
  void update(double rate, double norm, std::int64_t batches);
  void save_statistics();
  void restore_statistics();

  TrainerOptions options_;
  ThreadPool& pool_;
  runtime::Weights weights_;
  Optimizer optimizer_;
  std::unique_ptr<Ema> ema_;
  std::unique_ptr<runtime::Session> session_;
  std::unique_ptr<Evaluator> evaluator_;
  std::vector<Parameter> parameters_;
  std::unique_ptr<GradientNorm> norm_;  ///< of one batch
  std::unique_ptr<GradientSum> sum_;    ///< where steps may have several batches
  std::unique_ptr<GradientNorm> sum_norm_;
  std::vector<std::pair<Tensor*, Tensor>> statistics_;  ///< running statistics before the step
  bool has_targets_ = false;  ///< targets [batch, classes] in place of labels
  PlateauState plateau_;
  Pace pace_;
  Position position_;
};

}  // namespace noyau::training
