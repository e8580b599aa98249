#include <fmt/format.h>

#include "api/complete_run.hpp"
#include "api/files.hpp"
#include "api/numbers.hpp"
#include "explain/interval.hpp"
#include "noyau/error.hpp"
#include "noyau/train.hpp"

namespace noyau {
namespace {

void write_csv(const FoldsResult& result) {
  std::string text = "fold,score\n";
  for (std::size_t i = 0; i < result.scores.size(); ++i)
    text += fmt::format("{},{}\n", i + 1, api::number_text(result.scores[i]));
  api::write_file(result.folder + "/folds.csv", text);
}

}  // namespace

FoldsResult train_folds(const TrainOptions& options, const TrainCallbacks& callbacks) {
  if (options.folds < 2)
    throw Error(ErrorCode::invalid_argument, "--folds", fmt::format("{}", options.folds),
                "2 or more");
  FoldsResult result{.folder = options.out.empty() ? "runs/folds" : options.out};
  result.task = open_data(options).task();
  api::make_folder(result.folder);
  TrainOptions one = options;
  for (one.fold = 0; one.fold < options.folds; ++one.fold) {
    one.out = fmt::format("{}/fold{}", result.folder, one.fold + 1);
    if (!api::complete_run(one, callbacks)) {
      result.stopped = true;
      return result;
    }
    result.scores.push_back(api::read_summary(one.out).score);
    write_csv(result);
  }
  const explain::Interval interval = explain::mean_interval(result.scores);
  result.mean = interval.mean;
  result.deviation = interval.deviation;
  result.low = interval.low;
  result.high = interval.high;
  return result;
}

}  // namespace noyau
