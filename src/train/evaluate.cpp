#include "train/evaluate.hpp"

#include <algorithm>
#include <cmath>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

// A picture [H, W, C] is a volume [1, H, W, C]: the same numbers in the same order.
bool fits(const Shape& pictures, const Shape& wanted) {
  if (pictures == wanted) return true;
  return wanted.rank() == 5 && wanted[1] == 1 &&
         pictures == Shape{wanted[0], wanted[2], wanted[3], wanted[4]};
}

/// Adds a row of labels or values.
void add_targets(Evaluation& evaluation, std::span<const float> logits,
                 std::span<const float> targets) {
  evaluation.targets.insert(evaluation.targets.end(), targets.begin(), targets.end());
  evaluation.totals.loss +=
      evaluation.task == Task::labels ? label_loss(logits, targets) : value_loss(logits, targets);
  ++evaluation.totals.samples;
}

}  // namespace

void write_answer(Task task, std::span<const float> logits, std::span<float> answer) {
  if (task == Task::classes) {
    score_row(logits, 0, answer);
    return;
  }
  for (std::size_t c = 0; c < logits.size(); ++c)
    answer[c] = task == Task::values ? logits[c] : float(1 / (1 + std::exp(-double(logits[c]))));
}

void feed_images(runtime::Session& session, const Batch& batch) {
  const Shape& wanted = session.graph().shape(session.graph().find("x"));
  if (!fits(batch.images.shape(), wanted)) {
    throw Error(ErrorCode::shape_mismatch, "batch", to_string(batch.images.shape()),
                to_string(wanted));
  }
  std::ranges::copy(batch.images.as<float>(), session.input<float>("x").begin());
}

Evaluator::Evaluator(const Graph& graph, runtime::Weights& weights, ThreadPool& pool, Task task,
                     Numerics numerics, plan::Tuning* tuning)
    : inference_(graph, weights, pool, numerics, tuning), task_(task) {}

Evaluation Evaluator::run(Loader& loader) {
  weights_changed();
  Evaluation evaluation;
  for (std::int64_t step = loader.steps_per_epoch(); step > 0; --step) {
    add(evaluation, loader.next());
  }
  return evaluation;
}

void Evaluator::add(Evaluation& evaluation, const Batch& batch) {
  runtime::Session& session = inference_.session();
  feed_images(session, batch);
  session.run();
  const std::span<const float> logits = session.output<float>("logits");
  evaluation.task = task_;
  evaluation.classes = session.graph().shape(session.graph().output("logits"))[-1];
  const auto classes = std::size_t(evaluation.classes);
  for (std::size_t i = 0; i < std::size_t(batch.valid); ++i) {
    const std::int32_t label = batch.labels.as<std::int32_t>()[i];
    evaluation.indices.push_back(batch.indices[i]);
    evaluation.labels.push_back(label);
    evaluation.probabilities.resize(evaluation.probabilities.size() + classes);
    const auto row = logits.subspan(i * classes, classes);
    const auto answer = std::span(evaluation.probabilities).last(classes);
    if (task_ == Task::classes) {
      training::add(evaluation.totals, score_row(row, label, answer));
    } else {
      write_answer(task_, row, answer);
      add_targets(evaluation, row, batch.targets.as<float>().subspan(i * classes, classes));
    }
  }
}

}  // namespace noyau::training
