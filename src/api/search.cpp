#include "noyau/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/complete_run.hpp"
#include "api/files.hpp"
#include "api/learning.hpp"
#include "api/numbers.hpp"
#include "api/run_folder.hpp"
#include "api/settings.hpp"
#include "api/time_budget.hpp"
#include "base/random.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau {
namespace {

constexpr std::uint64_t kStream = 0x73656172;
constexpr std::int64_t kRungs = 3, kKept = 3;  // one in three goes on

/// In [low, high], uniform in its logarithm, to three digits.
double draw(Random& random, double low, double high) {
  const double value = low * std::pow(high / low, random.uniform());
  return api::parse_number(fmt::format("{:.2e}", value)).value_or(value);
}

class Search {
 public:
  Search(const SearchOptions& options, const SearchCallbacks& callbacks)
      : options_(options), callbacks_(callbacks) {
    if (options.trials < 2 || options.trials > 10000)
      throw Error(ErrorCode::invalid_argument, "--trials", fmt::format("{}", options.trials),
                  "2 to 10000");
    const Dataset data = open_data(options.base);
    result_.task = data.task();
    if (data.samples(Split::val).empty())
      throw Error(ErrorCode::invalid_argument, options.base.data, "no validation part",
                  "one, to judge the trials by", "--val-fraction keeps pictures back");
    result_.folder = options.out.empty() ? "runs/search" : options.out;
    api::make_folder(result_.folder);
    for (std::int64_t rung = 0, count = options.trials; rung < kRungs; ++rung) {
      runs_ += count;
      count = fewer(count);
    }
  }

  SearchResult run() {
    std::vector<std::int64_t> trials;
    for (std::int64_t i = 0; i < options_.trials; ++i) trials.push_back(i);
    for (std::int64_t rung = 0; rung < kRungs; ++rung) {
      const std::size_t first = result_.trials.size();
      for (const std::int64_t trial : trials)
        if (!run_one(rung, trial, std::ssize(trials))) return std::move(result_);
      trials = best_of(first, fewer(std::ssize(trials)));
    }
    finish();
    return std::move(result_);
  }

 private:
  static std::int64_t fewer(std::int64_t count) { return std::max<std::int64_t>(1, count / kKept); }

  TrainOptions settings_of(std::int64_t trial) const {
    TrainOptions options = draw_trial(options_.base, trial);
    if (result_.task != Task::classes) options.label_smoothing = options_.base.label_smoothing;
    return options;
  }

  TrainOptions options_of(std::int64_t rung, std::int64_t trial, std::int64_t count) const {
    TrainOptions options = settings_of(trial);
    options.out = fmt::format("{}/rung{}-trial{:02}", result_.folder, rung + 1, trial + 1);
    const double share = std::pow(double(kKept), double(rung + 1 - kRungs));
    options.epochs = std::max<std::int64_t>(1, std::llround(double(options.epochs) * share));
    if (!options.time.empty())
      options.time =
          fmt::format("{:.3f}s", api::parse_duration(options.time) / double(kRungs * count));
    return options;
  }

  /// False when it was stopped.
  bool run_one(std::int64_t rung, std::int64_t trial, std::int64_t count) {
    SearchTrial one{rung + 1, trial + 1, options_of(rung, trial, count)};
    const std::string folder = one.options.out;
    one.done = api::has_summary(folder);
    if (callbacks_.run) callbacks_.run(one, std::ssize(result_.trials), runs_);
    if (!api::complete_run(one.options, callbacks_.train)) {
      result_.stopped = true;
      return false;
    }
    const api::RunSummary summary = api::read_summary(folder);
    one.val_score = summary.val_score;
    one.seconds = summary.seconds;
    result_.trials.push_back(one);
    write_csv();
    return true;
  }

  /// Numbers of the best trials from `first` on.
  std::vector<std::int64_t> best_of(std::size_t first, std::int64_t count) const {
    std::vector<SearchTrial> rung(result_.trials.begin() + std::ptrdiff_t(first),
                                  result_.trials.end());
    std::ranges::stable_sort(rung, std::ranges::greater(), &SearchTrial::val_score);
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < count; ++i) numbers.push_back(rung[std::size_t(i)].trial - 1);
    return numbers;
  }

  void write_csv() const {
    std::string text = "rung,trial,lr,weight_decay,label_smoothing,ema,val_score,seconds\n";
    for (const SearchTrial& trial : result_.trials) {
      const TrainOptions options = api::with_usual(trial.options);
      text += fmt::format("{},{},{},{},{},{},{},{}\n", trial.rung, trial.trial,
                          api::number_text(*options.lr), api::number_text(*options.weight_decay),
                          api::number_text(options.label_smoothing), api::number_text(options.ema),
                          api::number_text(trial.val_score), api::number_text(trial.seconds));
    }
    api::write_file(result_.folder + "/search.csv", text);
  }

  void finish() {
    for (std::size_t i = 0; i < result_.trials.size(); ++i) {
      const SearchTrial& trial = result_.trials[i];
      if (trial.rung != kRungs) continue;
      if (result_.best < 0 || trial.val_score > result_.trials[std::size_t(result_.best)].val_score)
        result_.best = std::int64_t(i);
    }
    // The settings themselves, with the epochs and without the time of the search.
    const SearchTrial& best = result_.trials[std::size_t(result_.best)];
    TrainOptions options = settings_of(best.trial - 1);
    options.time.clear();
    api::write_file(result_.folder + "/best.toml", api::args_text(api::with_usual(options)));
  }

  SearchOptions options_;
  SearchCallbacks callbacks_;
  SearchResult result_;
  std::int64_t runs_ = 0;
};

}  // namespace

TrainOptions draw_trial(const TrainOptions& base, std::int64_t trial) {
  TrainOptions options = base;
  if (trial == 0) return options;
  Random random(base.seed, std::uint64_t(trial), 0, kStream);
  const double rate = *api::with_usual(base).lr;
  options.lr = draw(random, rate / 10, rate * 3);
  options.weight_decay = draw(random, 1e-5, 3e-3);
  const double smoothing[] = {0, 0.05, 0.1}, averaging[] = {0, 0.99, 0.999};
  options.label_smoothing = smoothing[random.below(3)];
  options.ema = averaging[random.below(3)];
  return options;
}

SearchResult run_search(const SearchOptions& options, const SearchCallbacks& callbacks) {
  return Search(options, callbacks).run();
}

}  // namespace noyau
