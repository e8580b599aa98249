#include "train/evaluate.hpp"

#include <algorithm>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

// A picture [H, W, C] is a volume [1, H, W, C]: the same numbers in the same order.
bool fits(const Shape& pictures, const Shape& wanted) {
  if (wanted.rank() != 5) return pictures == wanted;
  return wanted[1] == 1 && pictures == Shape{wanted[0], wanted[2], wanted[3], wanted[4]};
}

}  // namespace

void feed_images(runtime::Session& session, const Batch& batch) {
  const Shape& wanted = session.graph().shape(session.graph().find("x"));
  if (!fits(batch.images.shape(), wanted)) {
    throw Error(ErrorCode::shape_mismatch, "batch", to_string(batch.images.shape()),
                to_string(wanted));
  }
  std::ranges::copy(batch.images.as<float>(), session.input<float>("x").begin());
}

Evaluator::Evaluator(const Graph& graph, runtime::Weights& weights, ThreadPool& pool,
                     Numerics numerics, plan::Tuning* tuning)
    : inference_(graph, weights, pool, numerics, tuning) {}

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
  evaluation.classes = session.graph().shape(session.graph().output("logits"))[-1];
  const auto classes = std::size_t(evaluation.classes);
  for (std::size_t i = 0; i < std::size_t(batch.valid); ++i) {
    const std::int32_t label = batch.labels.as<std::int32_t>()[i];
    evaluation.indices.push_back(batch.indices[i]);
    evaluation.labels.push_back(label);
    evaluation.probabilities.resize(evaluation.probabilities.size() + classes);
    const RowScore score = score_row(logits.subspan(i * classes, classes), label,
                                     std::span(evaluation.probabilities).last(classes));
    training::add(evaluation.totals, score);
  }
}

}  // namespace noyau::training
