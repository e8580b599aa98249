#include "api/predictor.hpp"

#include <algorithm>
#include <exception>

namespace noyau::api {
namespace {

constexpr std::size_t kBatch = 32;

/// Fills the first rows of `x` and empties the rest.
void fill_rows(std::span<float> x, std::size_t row, std::size_t count, ThreadPool& pool,
               const Predictor::Fill& fill) {
  std::vector<std::exception_ptr> failures(count);
  pool.run(std::int64_t(count), [&](std::int64_t i, int) {
    try {
      fill(std::size_t(i), x.subspan(std::size_t(i) * row, row));
    } catch (...) {
      failures[std::size_t(i)] = std::current_exception();
    }
  });
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
  std::ranges::fill(x.subspan(count * row), 0.0f);
}

}  // namespace

runtime::Session& Predictor::session(std::size_t batch) {
  if (!inference_ || batch_ != batch || numerics_ != member_->numerics) {
    inference_.reset();  // before the next one takes its memory
    inference_ =
        std::make_unique<runtime::Inference>(build_inference(member_->spec, std::int64_t(batch)),
                                             member_->weights, *pool_, member_->numerics);
    batch_ = batch;
    numerics_ = member_->numerics;
  }
  return inference_->session();
}

std::vector<float> Predictor::answers(std::size_t pictures, const Fill& fill) {
  const FlushDenormals flush;
  const auto classes = std::size_t(member_->spec.classes);
  const std::size_t batch = std::min(kBatch, pictures);
  runtime::Session& ready = session(batch);
  const std::span<float> x = ready.input<float>("x");
  std::vector<float> answers(pictures * classes);
  for (std::size_t first = 0; first < pictures; first += batch) {
    const std::size_t count = std::min(batch, pictures - first);
    fill_rows(x, x.size() / batch, count, *pool_,
              [&](std::size_t i, std::span<float> row) { fill(first + i, row); });
    ready.run();
    const std::span<const float> logits = ready.output<float>("logits");
    for (std::size_t i = 0; i < count; ++i)
      training::write_answer(member_->card.task, logits.subspan(i * classes, classes),
                             std::span(answers).subspan((first + i) * classes, classes));
  }
  return answers;
}

}  // namespace noyau::api
