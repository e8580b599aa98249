#include <fmt/format.h>

#include <filesystem>

#include "api/files.hpp"
#include "api/numbers.hpp"
#include "api/run_summary.hpp"
#include "explain/interval.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "noyau/train.hpp"

namespace noyau {
namespace {

/// False when it was stopped.
bool train_fold(const TrainOptions& options, const TrainCallbacks& callbacks) {
  if (api::has_summary(options.out)) return true;
  if (is_run(options.out)) return !resume({.run = options.out}, callbacks).stopped;
  return !train(options, open_data(options), callbacks).stopped;
}

void write_csv(const FoldsResult& result) {
  std::string text = "fold,top1\n";
  for (std::size_t i = 0; i < result.top1.size(); ++i)
    text += fmt::format("{},{}\n", i + 1, api::number_text(result.top1[i]));
  api::write_file(result.folder + "/folds.csv", text);
}

}  // namespace

FoldsResult train_folds(const TrainOptions& options, const TrainCallbacks& callbacks) {
  if (options.folds < 2)
    throw Error(ErrorCode::invalid_argument, "--folds", fmt::format("{}", options.folds),
                "2 or more");
  FoldsResult result{.folder = options.out.empty() ? "runs/folds" : options.out};
  std::error_code error;
  std::filesystem::create_directories(result.folder, error);
  if (error) throw Error(ErrorCode::io, result.folder, "cannot be created: " + error.message());
  TrainOptions one = options;
  for (one.fold = 0; one.fold < options.folds; ++one.fold) {
    one.out = fmt::format("{}/fold{}", result.folder, one.fold + 1);
    if (!train_fold(one, callbacks)) {
      result.stopped = true;
      return result;
    }
    result.top1.push_back(api::read_summary(one.out).top1);
    write_csv(result);
  }
  const explain::Interval interval = explain::mean_interval(result.top1);
  result.mean = interval.mean;
  result.deviation = interval.deviation;
  result.low = interval.low;
  result.high = interval.high;
  return result;
}

}  // namespace noyau
