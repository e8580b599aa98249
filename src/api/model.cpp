#include "noyau/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "api/evaluation.hpp"
#include "api/network.hpp"
#include "base/thread_pool.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/session.hpp"
#include "train/checkpoint.hpp"
#include "train/evaluate.hpp"

namespace noyau {
namespace {

constexpr std::int64_t kBatch = 32;

std::string weights_of(const std::string& path) {
  if (!is_run(path)) return path;
  const std::string best = path + "/weights/best.noyau";
  std::error_code ignored;
  return std::filesystem::exists(best, ignored) ? best : path + "/weights/last.noyau";
}

runtime::Session make_session(const Graph& graph, runtime::Weights& weights, ThreadPool& pool) {
  return {plan::make_plan(passes::dce(passes::fuse(graph)), {.constant_weights = true}), weights,
          pool};
}

std::vector<Guess> rank(std::span<const float> logits) {
  const float most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double(logit - most));
  std::vector<Guess> guesses;
  for (std::size_t i = 0; i < logits.size(); ++i)
    guesses.push_back({std::int32_t(i), std::exp(double(logits[i] - most)) / sum});
  std::stable_sort(guesses.begin(), guesses.end(),
                   [](const Guess& a, const Guess& b) { return a.probability > b.probability; });
  return guesses;
}

}  // namespace

namespace api {

Evaluation to_public(const training::Evaluation& from, double seconds) {
  Evaluation to;
  to.loss = from.totals.mean_loss();
  to.top1 = from.totals.top1_accuracy();
  to.top5 = from.totals.top5_accuracy();
  to.images = from.totals.samples;
  to.seconds = seconds;
  to.indices = from.indices;
  to.labels = from.labels;
  to.probabilities = from.probabilities;
  const auto classes = std::ptrdiff_t(from.classes);
  for (auto row = from.probabilities.begin(); row != from.probabilities.end(); row += classes)
    to.predictions.push_back(std::int32_t(std::max_element(row, row + classes) - row));
  return to;
}

}  // namespace api

struct Model::Impl {
  std::string path;
  api::ModelCard card;
  api::NetworkSpec spec;
  ThreadPool pool;
  runtime::Weights weights;

  explicit Impl(int threads) : pool(threads > 0 ? threads : available_processors()) {}

  /// Copies the tensors, after a check that they are those of the network.
  void take_weights(const training::Checkpoint& checkpoint) {
    const Graph graph = api::build_inference(spec, 1);
    weights = runtime::Weights(graph, 0);
    for (const std::string& name : weights.names()) {
      const auto found = std::find_if(checkpoint.weights.begin(), checkpoint.weights.end(),
                                      [&](const auto& entry) { return entry.first == name; });
      const Tensor* given = found == checkpoint.weights.end() ? nullptr : &found->second;
      if (given == nullptr || given->shape() != weights.at(name).shape())
        throw Error(ErrorCode::shape_mismatch, path,
                    fmt::format("tensor {} is {}", name,
                                given == nullptr ? "missing" : to_string(given->shape())),
                    to_string(weights.at(name).shape()));
      weights.set(name, *given);
    }
  }

  void predict_batch(runtime::Session& session, std::span<const Image> images,
                     std::vector<std::vector<Guess>>& answers) {
    const std::span<float> x = session.input<float>("x");
    const auto pixels = std::size_t(card.input.height * card.input.width * card.input.channels);
    std::fill(x.begin(), x.end(), 0.0f);
    for (std::size_t i = 0; i < images.size(); ++i)
      normalise(fit(images[i], card.input), card.normalisation, x.subspan(i * pixels, pixels));
    session.run();
    const std::span<const float> logits = session.output<float>("logits");
    const auto classes = std::size_t(spec.classes);
    for (std::size_t i = 0; i < images.size(); ++i)
      answers.push_back(rank(logits.subspan(i * classes, classes)));
  }
};

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

Model Model::load(const std::string& path, int threads, const Network& network) {
  auto impl = std::make_unique<Impl>(threads);
  impl->path = weights_of(path);
  const training::Checkpoint checkpoint = training::load_checkpoint(impl->path);
  impl->card = api::read_card(checkpoint.notes, impl->path);
  if (!impl->card.zoo && !network)
    throw Error(ErrorCode::unsupported, impl->path,
                fmt::format("network {} was built by a program", impl->card.model), "",
                "load it there, with Model::load and that network");
  impl->spec = {impl->card.model, impl->card.zoo ? Network{} : network, impl->card.input,
                std::int64_t(impl->card.classes.size())};
  impl->take_weights(checkpoint);
  return Model(std::move(impl));
}

const std::string& Model::name() const { return impl_->card.model; }
const std::string& Model::path() const { return impl_->path; }
const std::vector<std::string>& Model::classes() const { return impl_->card.classes; }
const InputSize& Model::input() const { return impl_->card.input; }

std::vector<std::vector<Guess>> Model::predict(const std::vector<Image>& images) {
  std::vector<std::vector<Guess>> answers;
  if (images.empty()) return answers;
  const FlushDenormals flush;
  const auto count = std::min<std::int64_t>(kBatch, std::int64_t(images.size()));
  runtime::Session session =
      make_session(api::build_inference(impl_->spec, count), impl_->weights, impl_->pool);
  const std::span<const Image> all(images);
  for (std::size_t i = 0; i < images.size(); i += std::size_t(count))
    impl_->predict_batch(session, all.subspan(i, std::min(std::size_t(count), images.size() - i)),
                         answers);
  return answers;
}

Evaluation Model::evaluate(const Dataset& data, Split split) {
  if (data.classes() != classes())
    throw Error(ErrorCode::shape_mismatch, data.path(),
                fmt::format("{} classes that are not those of the model", data.classes().size()),
                fmt::format("the {} classes of {}", classes().size(), impl_->path));
  const auto begin = std::chrono::steady_clock::now();
  LoaderOptions options;
  options.split = split;
  options.batch = kBatch;
  options.input = impl_->card.input;
  options.normalisation = impl_->card.normalisation;
  Loader loader(data, options);
  training::Evaluator evaluator(api::build_inference(impl_->spec, kBatch), impl_->weights,
                                impl_->pool);
  const FlushDenormals flush;
  const training::Evaluation result = evaluator.run(loader);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  return api::to_public(result, taken.count());
}

}  // namespace noyau
