#include "noyau/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "api/ensemble_notes.hpp"
#include "api/evaluation.hpp"
#include "api/member.hpp"
#include "api/predictor.hpp"
#include "api/weight_file.hpp"
#include "base/thread_pool.hpp"
#include "data/load.hpp"
#include "noyau/error.hpp"
#include "noyau/metrics.hpp"
#include "plan/plan.hpp"
#include "train/combine.hpp"

namespace noyau {
namespace {

std::vector<Guess> values(std::span<const float> answers) {
  std::vector<Guess> guesses;
  for (std::size_t i = 0; i < answers.size(); ++i)
    guesses.push_back({.class_id = std::int32_t(i), .value = double(answers[i])});
  return guesses;
}

std::vector<Guess> rank(std::span<const float> probabilities) {
  std::vector<Guess> guesses;
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    guesses.push_back({.class_id = std::int32_t(i), .probability = double(probabilities[i])});
  std::stable_sort(guesses.begin(), guesses.end(),
                   [](const Guess& a, const Guess& b) { return a.probability > b.probability; });
  return guesses;
}

}  // namespace

struct Model::Impl {
  std::string path, name;
  ThreadPool pool;
  std::vector<api::Member> members;        // one, unless it is an ensemble
  std::vector<api::Predictor> predictors;  // of each member
  training::Combination rule = training::Combination::average;
  std::vector<TestView> views{TestView{}};

  Impl(const api::WeightFile& file, const ModelOptions& options, const Network& network,
       const WeightOptions& weight_options, int threads)
      : path(file.path()),
        pool(threads > 0 ? threads : available_processors()),
        rule(api::ensemble_rule(file.notes(), path)) {
    for (std::int64_t i = 0; i < file.members(); ++i) {
      const api::WeightFile one = file.member(i);
      members.emplace_back(one, api::card_of(one, options), network, weight_options, pool);
      name += (i > 0 ? ", " : "") + members.back().card.model;
      expect_classes_of_first(members.back());
    }
    for (api::Member& member : members) predictors.emplace_back(member, pool);
    if (members.size() > 1) name = fmt::format("ensemble of {} ({})", members.size(), name);
  }

  const api::ModelCard& card() const { return members.front().card; }

  /// Writes picture `i` as the network of a member takes it, seen as the view says.
  using Fill = std::function<void(std::size_t i, const api::ModelCard& card, const TestView& view,
                                  std::span<float> x)>;
  /// What members and views say together.
  std::vector<std::vector<Guess>> ask(std::size_t pictures, const Fill& fill) {
    const std::size_t count = card().classes.size();
    const double weight = 1.0 / double(members.size() * views.size());
    std::vector<float> sum(pictures * count);
    for (std::size_t m = 0; m < members.size(); ++m)
      for (const TestView& view : views) {
        const std::vector<float> own = predictors[m].answers(
            pictures,
            [&](std::size_t i, std::span<float> x) { fill(i, members[m].card, view, x); });
        for (std::size_t i = 0; i < sum.size(); i += count)
          training::add_answer(std::span(own).subspan(i, count), rule, weight,
                               std::span(sum).subspan(i, count));
      }
    api::scale_back(card(), sum);
    std::vector<std::vector<Guess>> guesses;
    for (std::size_t i = 0; i < sum.size(); i += count) {
      const auto own = std::span<const float>(sum).subspan(i, count);
      guesses.push_back(card().task == Task::values ? values(own) : rank(own));
    }
    return guesses;
  }

  void expect_classes_of_first(const api::Member& member) const {
    if (member.card.classes == card().classes && member.card.task == card().task) return;
    throw Error(ErrorCode::corrupt_file, path, "members with other classes",
                fmt::format("the {} classes of the first", card().classes.size()));
  }
};

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

Model Model::load(const std::string& path, int threads, const Network& network) {
  return Model(std::make_unique<Impl>(api::WeightFile(path), ModelOptions{}, network,
                                      WeightOptions{}, threads));
}

Model Model::from_weights(const ModelOptions& options, const std::string& path,
                          const WeightOptions& weight_options, int threads) {
  return Model(
      std::make_unique<Impl>(api::WeightFile(path), options, Network{}, weight_options, threads));
}

void Model::save_weights(const std::string& path) const {
  if (members() > 1)
    throw Error(ErrorCode::unsupported, impl_->path, name(), "a single network",
                "other programs know no ensembles: write each member's weights");
  api::write_member(path, impl_->members.front());
}

const std::string& Model::name() const { return impl_->name; }
const std::string& Model::path() const { return impl_->path; }
Task Model::task() const { return impl_->card().task; }
const std::vector<std::string>& Model::classes() const { return impl_->card().classes; }
const InputSize& Model::input() const { return impl_->card().input; }
const WeightMatch& Model::match() const { return impl_->members.front().match; }
std::int64_t Model::members() const { return std::int64_t(impl_->members.size()); }

void Model::set_views(std::string_view tta) { impl_->views = test_views(tta); }
void Model::set_numerics(Numerics numerics) {
  plan::expect_supported(numerics);
  for (api::Member& member : impl_->members) member.numerics = numerics;
}

std::vector<std::vector<Guess>> Model::predict(const std::vector<Image>& images) {
  if (images.empty()) return {};
  return impl_->ask(images.size(), [&](std::size_t i, const api::ModelCard& card,
                                       const TestView& view, std::span<float> x) {
    normalise(fit(images[i], card.input, view), card.normalisation, x);
  });
}

std::vector<std::vector<Guess>> Model::predict(const Dataset& data,
                                               std::span<const Sample> samples) {
  if (samples.empty()) return {};
  std::vector<char> bad(samples.size());
  const auto fill = [&](std::size_t i, const api::ModelCard& card, const TestView& view,
                        std::span<float> x) {
    try {
      normalise(data::load_fitted(data, samples[i], card.input, view), card.normalisation, x);
    } catch (const Error& error) {
      if (!data::is_about_the_picture(error.code())) throw;
      std::ranges::fill(x, 0.0f);  // not what the last picture left there
      data.skip(samples[i].path, error.got());
      bad[i] = true;
    }
  };
  std::vector<std::vector<Guess>> all = impl_->ask(samples.size(), fill);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (bad[i]) all[i].clear();
  return all;
}

Evaluation Model::evaluate(const Dataset& data, Split split) {
  const bool same =
      impl_->card().named ? data.classes() == classes() : data.classes().size() == classes().size();
  if (!same)
    throw Error(ErrorCode::shape_mismatch, data.path(),
                fmt::format("{} classes that are not those of the model", data.classes().size()),
                fmt::format("the {} classes of {}", classes().size(), impl_->path));
  if (data.task() != task())
    throw Error(ErrorCode::shape_mismatch, data.path(),
                fmt::format("pictures with {}", to_string(data.task())),
                fmt::format("{}, as {} learned them", to_string(task()), impl_->path));
  const auto begin = std::chrono::steady_clock::now();
  std::vector<training::Evaluation> answers;
  for (api::Member& member : impl_->members)
    for (const TestView& view : impl_->views)
      answers.push_back(member.evaluate(data, split, view, impl_->pool));
  const training::Evaluation result =
      answers.size() == 1 ? answers.front() : training::combine(answers, impl_->rule);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  return api::to_public(result, impl_->card(), taken.count());
}

}  // namespace noyau
