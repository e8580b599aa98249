#include "api/report_input.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <numeric>

#include "data/slices.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau {
namespace {

constexpr std::int64_t kLargestShown = 160;  // pixels of a mistake's picture
constexpr std::int64_t kMistakes = 24;
constexpr std::size_t kSkippedShown = 200;

}  // namespace

namespace api {

Picture picture_of(const Image& image) {
  if (image.depth > 1) return picture_of(data::slice(image, image.depth / 2));
  const std::int64_t longer = std::max(image.height, image.width);
  const auto scaled = [&](std::int64_t extent) {
    return std::max<std::int64_t>(1, extent * kLargestShown / longer);
  };
  const Image shown =
      longer <= kLargestShown ? image : resize(image, scaled(image.height), scaled(image.width));
  return {int(shown.height), int(shown.width), int(shown.channels), shown.pixels};
}

std::string source_of(const Dataset& data, const Sample& sample, Split split) {
  if (!data.in_memory()) return sample.path;
  return fmt::format("{} picture {}", to_string(split), sample.index);
}

}  // namespace api

namespace {

Mistake mistake_of(const Evaluation& evaluation, std::size_t i, const Dataset& data, Split split) {
  const std::size_t classes = data.classes().size();
  const Sample& sample = data.samples(split)[std::size_t(evaluation.indices[i])];
  Mistake mistake;
  mistake.source = api::source_of(data, sample, split);
  mistake.true_class = evaluation.labels[i];
  mistake.predicted_class = evaluation.predictions[i];
  const float* row = evaluation.probabilities.data() + i * classes;
  mistake.probability_true = row[mistake.true_class];
  mistake.probability_predicted = row[mistake.predicted_class];
  // A probability that rounds to 0 in f32 still has a finite loss to show.
  mistake.loss = -std::log(std::max(mistake.probability_true, 1e-30));
  mistake.picture = api::picture_of(data.load(sample));
  return mistake;
}

}  // namespace

std::vector<Mistake> worst_mistakes(const Evaluation& evaluation, const Dataset& data, Split split,
                                    std::int64_t limit) {
  const std::size_t classes = data.classes().size();
  const auto truth = [&](std::size_t i) {
    return evaluation.probabilities[i * classes + std::size_t(evaluation.labels[i])];
  };
  std::vector<std::size_t> wrong;
  for (std::size_t i = 0; i < evaluation.labels.size(); ++i)
    if (evaluation.labels[i] != evaluation.predictions[i]) wrong.push_back(i);
  std::stable_sort(wrong.begin(), wrong.end(),
                   [&](std::size_t a, std::size_t b) { return truth(a) < truth(b); });
  wrong.resize(std::min(wrong.size(), std::size_t(std::max<std::int64_t>(0, limit))));
  std::vector<Mistake> mistakes;
  for (const std::size_t i : wrong) mistakes.push_back(mistake_of(evaluation, i, data, split));
  return mistakes;
}

namespace api {

ReportInput report_of(const ModelCard& card, const Evaluation& evaluation, const Dataset& data,
                      Split split) {
  ReportInput input;
  input.model = card.model;
  input.data = std::filesystem::path(data.path()).filename().string();
  if (input.data.empty()) input.data = data.path();
  input.date = now_text();
  input.version = build_info().version;
  input.cpu = build_info().cpu;
  input.final_loss = evaluation.loss;
  if (evaluation.images > 0) input.prediction_s = evaluation.seconds / double(evaluation.images);
  input.height = int(card.input.height);
  input.width = int(card.input.width);
  input.channels = int(card.input.channels);
  input.train_images = std::int64_t(data.samples(Split::train).size());
  input.val_images = std::int64_t(data.samples(Split::val).size());
  input.test_images = std::int64_t(data.samples(Split::test).size());
  input.evaluated_part = std::string(to_string(split));
  input.classes = card.classes;
  input.labels = evaluation.labels;
  input.predictions = evaluation.predictions;
  if (evaluation.task == Task::classes) {
    input.probabilities = evaluation.probabilities;
    input.mistakes = worst_mistakes(evaluation, data, split, kMistakes);
  } else {
    input.labels.clear();
    input.task = evaluation.task;
    input.score = evaluation.score;
    input.answers = answer_scores(evaluation, card.classes);
    if (evaluation.task == Task::values) {
      input.targets = evaluation.targets;
      input.probabilities = evaluation.probabilities;
    }
  }
  const std::vector<Skipped> skipped = data.skipped();
  for (std::size_t i = 0; i < std::min(skipped.size(), kSkippedShown); ++i)
    input.skipped.push_back({skipped[i].path, skipped[i].reason});
  input.skipped_total = std::int64_t(skipped.size());
  return input;
}

std::string now_text() {
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(std::time(nullptr)));
}

}  // namespace api

void write_evaluation(const std::string& folder, const Model& model, const Evaluation& evaluation,
                      const Dataset& data, Split split) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(ErrorCode::io, folder, "cannot be created: " + error.message());
  api::ModelCard card;
  card.model = model.name();
  card.classes = model.classes();
  card.input = model.input();
  ReportInput input = api::report_of(card, evaluation, data, split);
  input.time_taken_s = evaluation.seconds;
  input.facts.emplace_back("Weights", model.path());
  write_plots(folder + "/plots", input);
  write_report(folder + "/report.html", input);
}

}  // namespace noyau
