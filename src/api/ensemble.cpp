#include "noyau/ensemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "api/ensemble_notes.hpp"
#include "api/evaluation.hpp"
#include "api/member.hpp"
#include "api/soup.hpp"
#include "api/weight_file.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "train/checkpoint.hpp"
#include "train/combine.hpp"

namespace noyau {
namespace {

std::vector<std::string> snapshots_of(const std::string& run) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(run + "/weights", error))
    if (entry.path().filename().string().starts_with("snapshot") &&
        entry.path().extension() == ".noyau")
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  if (files.empty())
    throw Error(ErrorCode::invalid_argument, run, "no snapshots",
                "a run with --schedule cosine_restarts --snapshots");
  return files;
}

EnsembleRow row_of(const std::string& name, const training::Evaluation& evaluation) {
  return {name, evaluation.totals.mean_loss(), api::score_of(evaluation),
          evaluation.totals.top5_accuracy()};
}

void expect_same_answers(const std::vector<api::Member>& members,
                         const std::vector<std::string>& files) {
  const api::ModelCard& first = members[0].card;
  for (std::size_t i = 1; i < members.size(); ++i) {
    const api::ModelCard& card = members[i].card;
    if (card.classes != first.classes || card.task != first.task)
      throw Error(
          ErrorCode::shape_mismatch, files[i], fmt::format("other {}", to_string(card.task)),
          fmt::format("the {} {} of {}", first.classes.size(), to_string(first.task), files[0]));
    if (card.values != first.values)
      throw Error(ErrorCode::shape_mismatch, files[i], "values of another mean and deviation",
                  fmt::format("those of {}", files[0]),
                  "train the members on one training part, with one --split-seed");
  }
}

void expect_votes(training::Combination rule, Task task) {
  if (rule == training::Combination::vote && task != Task::classes)
    throw Error(ErrorCode::invalid_argument, "--rule",
                fmt::format("vote, of networks that know {}", to_string(task)), "average",
                "votes are for one class each");
}

/// A network must not be judged by pictures that it was trained on.
void expect_same_parts(const std::vector<std::string>& members, const Dataset& data, Split part) {
  for (const std::string& member : members) {
    if (!is_run(member)) continue;
    const TrainOptions own = read_run(member);
    const bool same_data = std::filesystem::absolute(data.path()).lexically_normal() ==
                           std::filesystem::absolute(own.data).lexically_normal();
    if (same_data && open_data(own, data.channels()).samples(part) != data.samples(part))
      throw Error(ErrorCode::invalid_argument, member,
                  fmt::format("another {} part than that of {}", to_string(part), members.front()),
                  "runs with one --split-seed and the same shares",
                  "--data FOLDER with pictures that none of them has seen judges them fairly");
  }
}

void save(const std::vector<api::Member>& members, training::Combination rule,
          const std::string& out) {
  training::Checkpoint checkpoint;
  std::vector<api::ModelCard> cards;
  for (std::size_t i = 0; i < members.size(); ++i) {
    cards.push_back(members[i].card);
    for (const std::string& name : members[i].weights.names())
      checkpoint.weights.emplace_back(api::member_prefix(std::int64_t(i)) + name,
                                      members[i].weights.at(name));
  }
  api::write_ensemble(cards, rule, checkpoint.notes);
  training::save_checkpoint(out, checkpoint);
}

void save(const api::Member& member, const std::string& out) {
  training::Checkpoint checkpoint;
  for (const std::string& name : member.weights.names())
    checkpoint.weights.emplace_back(name, member.weights.at(name));
  api::write_card(member.card, checkpoint.notes);
  training::save_checkpoint(out, checkpoint);
}

/// Evaluates with every view of the test-time augmentation.
struct Examiner {
  const Dataset& data;
  Split part;
  std::vector<TestView> views;
  ThreadPool& pool;

  training::Evaluation operator()(api::Member& member) const {
    std::vector<training::Evaluation> answers;
    for (const TestView& view : views) answers.push_back(member.evaluate(data, part, view, pool));
    return answers.size() == 1 ? answers[0]
                               : training::combine(answers, training::Combination::average);
  }
};

}  // namespace

std::vector<std::string> ensemble_files(const EnsembleOptions& options) {
  std::vector<std::string> files;
  for (const std::string& member : options.members) {
    const bool expand = options.snapshots && is_run(member);
    for (const std::string& file : expand ? snapshots_of(member) : std::vector{member})
      files.push_back(file);
  }
  if (files.size() >= 2 || (files.size() == 1 && options.tta != "none")) return files;
  throw Error(ErrorCode::invalid_argument, "ensemble", fmt::format("{} networks", files.size()),
              "two or more, or one with --tta");
}

void check_ensemble(const EnsembleOptions& options) {
  training::parse_combination(options.rule);
  api::parse_soup(options.soup);
  test_views(options.tta);
}

EnsembleResult make_ensemble(const EnsembleOptions& options, const Dataset& data, Split part,
                             const std::string& out,
                             const std::function<void(const EnsembleRow&)>& evaluated) {
  const training::Combination rule = training::parse_combination(options.rule);
  const api::Soup soup = api::parse_soup(options.soup);
  const std::vector<std::string> files = ensemble_files(options);
  expect_same_parts(options.members, data, part);
  if (soup == api::Soup::greedy) expect_same_parts(options.members, data, Split::val);
  ThreadPool pool(options.threads > 0 ? options.threads : available_processors());
  std::vector<api::Member> members;
  for (const std::string& file : files) {
    const api::WeightFile weights(file);
    members.emplace_back(weights, api::card_of(weights, {}), Network{}, WeightOptions{}, pool);
  }
  expect_same_answers(members, files);
  expect_votes(rule, members[0].card.task);

  const Examiner examine{data, part, test_views(options.tta), pool};
  EnsembleResult result;
  result.task = members[0].card.task;
  result.classes = std::int64_t(members[0].card.classes.size());
  std::vector<training::Evaluation> answers;
  for (std::size_t i = 0; i < members.size(); ++i) {
    answers.push_back(examine(members[i]));
    result.members.push_back(row_of(files[i], answers.back()));
    result.mean_score += result.members.back().score / double(files.size());
    if (evaluated) evaluated(result.members.back());
  }
  if (soup == api::Soup::none) {
    result.together = row_of("ensemble", training::combine(answers, rule));
    if (!out.empty()) save(members, rule, out);
  } else {
    api::Member mean = api::cook(soup, members, data, pool);
    result.together = row_of("soup", examine(mean));
    if (!out.empty()) save(mean, out);
  }
  result.images = answers.front().totals.samples;
  if (evaluated) evaluated(result.together);
  return result;
}

}  // namespace noyau
