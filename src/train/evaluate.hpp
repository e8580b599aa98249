#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.hpp"
#include "noyau/data.hpp"
#include "noyau/graph.hpp"
#include "noyau/numerics.hpp"
#include "runtime/inference.hpp"
#include "runtime/weights.hpp"
#include "train/metrics.hpp"

namespace noyau::training {

/// What a network says about every sample of a part, in the loader's order.
struct Evaluation {
  Totals totals;  ///< loss: without label smoothing; ranks of classes only
  Task task = Task::classes;
  std::int64_t classes = 0;
  std::vector<std::int64_t> indices;  ///< positions in `Dataset::samples(split)`
  std::vector<std::int32_t> labels;
  std::vector<float> targets;        ///< [samples, classes], of labels and values
  std::vector<float> probabilities;  ///< [samples, classes]; of values: the values
};

/// Runs an evaluation graph (input "x", output "logits") over data.
class Evaluator {
 public:
  /// `weights` and `pool` are borrowed; `tuning` as in Inference. Throws as Session does.
  Evaluator(const Graph& graph, runtime::Weights& weights, ThreadPool& pool,
            Task task = Task::classes, Numerics numerics = Numerics::fast,
            plan::Tuning* tuning = nullptr);

  /// One epoch of `loader`, whose batch has to be the graph's. `weights` may have changed since the
  /// last call. Throws Error(shape_mismatch) for batches of another shape.
  Evaluation run(Loader& loader);
  /// Adds the valid rows of one batch; the weights are those of the last `weights_changed`.
  void add(Evaluation& evaluation, const Batch& batch);
  void weights_changed() { inference_.weights_changed(); }

 private:
  runtime::Inference inference_;
  Task task_;
};

/// What a row of outputs says: probabilities of classes (softmax) or of labels (sigmoid), or
/// values.
void write_answer(Task task, std::span<const float> logits, std::span<float> answer);

/// Copies the pictures of a batch into the session's input "x".
/// Throws Error(shape_mismatch) when they are of another shape.
void feed_images(runtime::Session& session, const Batch& batch);

}  // namespace noyau::training
