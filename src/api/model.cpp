#include "noyau/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "api/evaluation.hpp"
#include "api/network.hpp"
#include "api/weight_file.hpp"
#include "base/thread_pool.hpp"
#include "io/safetensors/writer.hpp"
#include "noyau/error.hpp"
#include "runtime/inference.hpp"
#include "train/evaluate.hpp"

namespace noyau {
namespace {

constexpr std::int64_t kBatch = 32;

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
  WeightMatch match;

  /// Builds the network that the card describes and takes its weights from the file.
  Impl(const api::WeightFile& file, api::ModelCard model_card, const Network& network,
       const WeightOptions& options, int threads)
      : path(file.path()),
        card(std::move(model_card)),
        pool(threads > 0 ? threads : available_processors()) {
    if (!card.zoo && !network)
      throw Error(ErrorCode::unsupported, path,
                  fmt::format("network {} was built by a program", card.model), "",
                  "load it there, with Model::load and that network");
    spec = {card.model, card.zoo ? Network{} : network, card.input,
            std::int64_t(card.classes.size())};
    const Graph graph = api::build_inference(spec, 1);
    weights = runtime::Weights(graph, 0, pool);
    match = api::load_weights(file, graph, options, weights);
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
  const api::WeightFile file(path);
  return Model(
      std::make_unique<Impl>(file, api::card_of(file, {}), network, WeightOptions{}, threads));
}

Model Model::from_weights(const ModelOptions& options, const std::string& path,
                          const WeightOptions& weight_options, int threads) {
  const api::WeightFile file(path);
  return Model(std::make_unique<Impl>(file, api::card_of(file, options), Network{}, weight_options,
                                      threads));
}

void Model::save_weights(const std::string& path) const {
  io::TensorList tensors;
  for (const std::string& name : impl_->weights.names())
    tensors.emplace_back(name, &impl_->weights.at(name));
  std::map<std::string, std::string> notes;
  api::write_card(impl_->card, notes);
  io::write_safetensors(path, tensors, notes);
}

const std::string& Model::name() const { return impl_->card.model; }
const std::string& Model::path() const { return impl_->path; }
const std::vector<std::string>& Model::classes() const { return impl_->card.classes; }
const InputSize& Model::input() const { return impl_->card.input; }
const WeightMatch& Model::match() const { return impl_->match; }

std::vector<std::vector<Guess>> Model::predict(const std::vector<Image>& images) {
  std::vector<std::vector<Guess>> answers;
  if (images.empty()) return answers;
  const FlushDenormals flush;
  const auto count = std::min<std::int64_t>(kBatch, std::int64_t(images.size()));
  runtime::Inference inference(api::build_inference(impl_->spec, count), impl_->weights,
                               impl_->pool);
  const std::span<const Image> all(images);
  for (std::size_t i = 0; i < images.size(); i += std::size_t(count))
    impl_->predict_batch(inference.session(),
                         all.subspan(i, std::min(std::size_t(count), images.size() - i)), answers);
  return answers;
}

Evaluation Model::evaluate(const Dataset& data, Split split) {
  const bool same =
      impl_->card.named ? data.classes() == classes() : data.classes().size() == classes().size();
  if (!same)
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
