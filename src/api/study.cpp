#include "noyau/study.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "api/args_file.hpp"
#include "api/complete_run.hpp"
#include "api/embedded.hpp"
#include "api/files.hpp"
#include "api/run_folder.hpp"
#include "api/settings.hpp"
#include "api/study_file.hpp"
#include "api/study_text.hpp"
#include "explain/interval.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kLargest = 1 << 20;

struct StudyText {
  std::string text, where, name;
};

StudyText text_of(const std::string& study) {
  std::vector<std::string> names;
  for (const Study& known : studies()) {
    if (known.name == study) return {known.text, "study " + study, study};
    names.push_back(known.name);
  }
  std::error_code ignored;
  if (fs::is_regular_file(study, ignored))
    return {api::read_file(study, kLargest), study, fs::path(study).stem().string()};
  const std::string near = nearest_name(study, names);
  throw Error(ErrorCode::invalid_argument, "STUDY", fmt::format("\"{}\"", study),
              fmt::format("one of {}, or a TOML file", fmt::join(names, ", ")),
              near.empty() ? "" : fmt::format("did you mean {}?", near));
}

/// "02-cosine-decay", which keeps the variants of a folder in their order.
std::string folder_name(std::size_t index, const std::string& variant) {
  std::string slug;
  for (const char c : variant) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const char lower = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    if (plain || lower != c)
      slug += lower;
    else if (!slug.empty() && slug.back() != '-')
      slug += '-';
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return fmt::format("{:02}-{}", index + 1, slug);
}

class StudyRun {
 public:
  StudyRun(const StudyOptions& options, const StudyCallbacks& callbacks)
      : options_(options), callbacks_(callbacks), text_(text_of(options.study)) {
    if (options.seeds < 1 || options.seeds > 1000)
      throw Error(ErrorCode::invalid_argument, "--seeds", fmt::format("{}", options.seeds),
                  "1 to 1000");
    plan_ = api::read_study(text_.text, text_.where, options.settings);
    result_.folder = options.out.empty() ? "runs/study-" + text_.name : options.out;
    for (const auto& variant : plan_.variants)
      most_networks_ = std::max(most_networks_, variant.options.networks);
  }

  StudyResult run() {
    TrainOptions first = plan_.variants.front().options;
    first.data = options_.data;
    result_.task = open_data(first).task();
    make_folder();
    // All variants with the first seed, then with the next: an early stop leaves a whole picture.
    for (std::int64_t seed = 0; seed < options_.seeds; ++seed)
      for (std::size_t i = 0; i < plan_.variants.size(); ++i) {
        if (!run_one(i, seed)) return std::move(result_);
        write();
      }
    return std::move(result_);
  }

 private:
  void make_folder() {
    api::make_folder(result_.folder);
    for (const auto& variant : plan_.variants)
      result_.rows.push_back({.name = variant.name, .curve = variant.curve, .x = variant.x});
    seconds_.resize(plan_.variants.size());
  }

  /// False when it was stopped.
  bool run_one(std::size_t variant, std::int64_t seed) {
    const std::vector<TrainOptions> runs = runs_of(variant, seed);
    const auto all = std::int64_t(plan_.variants.size());
    const bool done =
        std::ranges::all_of(runs, [](const auto& one) { return api::has_summary(one.out); });
    if (callbacks_.run)
      callbacks_.run({plan_.variants[variant].name, seed, seed * all + std::int64_t(variant),
                      options_.seeds * all, done});
    for (const TrainOptions& one : runs)
      if (!api::complete_run(one, callbacks_.train)) {
        result_.stopped = true;
        return false;
      }
    judge(variant, runs);
    return true;
  }

  /// The runs that a variant needs. Those that it shares with an earlier one have its folders.
  std::vector<TrainOptions> runs_of(std::size_t variant, std::int64_t seed) const {
    TrainOptions options = plan_.variants[variant].options;
    options.data = options_.data;
    options.seed = std::uint64_t(seed);
    const std::size_t first = first_alike(variant);
    std::vector<TrainOptions> runs;
    for (std::int64_t i = 0; i < std::max<std::int64_t>(1, options.networks); ++i) {
      const std::int64_t own_seed = seed * std::max<std::int64_t>(1, most_networks_) + i;
      runs.push_back(api::network_of(options, std::uint64_t(own_seed)));
      runs.back().out = fmt::format("{}/{}-seed{}", result_.folder,
                                    folder_name(first, plan_.variants[first].name), own_seed);
    }
    return runs;
  }

  /// The first variant whose single networks are trained in the same way.
  std::size_t first_alike(std::size_t variant) const {
    const auto text = [&](std::size_t i) {
      TrainOptions options = plan_.variants[i].options;
      options.networks = 0;
      return api::args_text(options);
    };
    std::size_t first = 0;
    while (text(first) != text(variant)) ++first;
    return first;
  }

  void judge(std::size_t variant, const std::vector<TrainOptions>& runs) {
    double sum = 0;
    for (const TrainOptions& one : runs) {
      const api::RunSummary summary = api::read_summary(one.out);
      seconds_[variant] += summary.seconds;
      sum += summary.score;
    }
    if (plan_.variants[variant].alone()) {
      result_.rows[variant].scores.push_back(sum / double(runs.size()));
      return;
    }
    EnsembleOptions together = plan_.variants[variant].together;
    for (const TrainOptions& one : runs) together.members.push_back(one.out);
    const Dataset data = open_data(runs.front());
    const EnsembleResult answer = make_ensemble(together, data, api::final_part(data), "");
    result_.rows[variant].scores.push_back(answer.together.score);
  }

  void write() {
    for (std::size_t i = 0; i < result_.rows.size(); ++i) {
      StudyRow& row = result_.rows[i];
      const explain::Interval interval = explain::mean_interval(row.scores);
      row.mean = interval.mean;
      row.low = interval.low;
      row.high = interval.high;
      row.seconds = seconds_[i] / double(row.scores.size());
    }
    api::write_file(result_.folder + "/study.csv", api::study_csv(result_));
    api::write_file(result_.folder + "/study.md", api::study_table(plan_.title, result_));
    api::write_file(result_.folder + "/study.svg",
                    api::study_chart(plan_.title, plan_.x_label, result_));
  }

  StudyOptions options_;
  StudyCallbacks callbacks_;
  StudyText text_;
  api::StudyPlan plan_;
  StudyResult result_;
  std::vector<double> seconds_;
  std::int64_t most_networks_ = 0;
};

}  // namespace

const std::vector<Study>& studies() {
  static const std::vector<Study> all = [] {
    std::vector<Study> list;
    for (const api::EmbeddedText& file : api::kStudies)
      list.push_back({std::string(file.name), api::summary_of(file), std::string(file.text)});
    return list;
  }();
  return all;
}

StudyResult run_study(const StudyOptions& options, const StudyCallbacks& callbacks) {
  return StudyRun(options, callbacks).run();
}

}  // namespace noyau
