#include <fmt/format.h>

#include <noyau/error.hpp>
#include <noyau/search.hpp>

#include "answer_output.hpp"
#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "signals.hpp"
#include "train_flags.hpp"
#include "training_output.hpp"

namespace noyau::cli {
namespace {

Json json_of(const SearchResult& result) {
  Json trials = Json::array();
  for (const SearchTrial& trial : result.trials)
    trials.push_back({{"rung", trial.rung},
                      {"trial", trial.trial},
                      {"lr", get_option(trial.options, "lr")},
                      {"val_score", trial.val_score},
                      {"seconds", trial.seconds}});
  return {{"folder", result.folder},
          {"stopped", result.stopped},
          {"best", result.best},
          {"trials", trials}};
}

int finish(const SearchResult& result, bool json, bool quiet) {
  if (json) {
    out_json(json_of(result));
  } else if (!quiet && result.best >= 0) {
    const SearchTrial& best = result.trials[std::size_t(result.best)];
    out(
        fmt::format("best: trial {0}, validation {2}\n"
                    "numbers: {1}/search.csv, settings: {1}/best.toml\n"
                    "next:    noyau train --config {1}/best.toml\n",
                    best.trial, result.folder, score_text(result.task, best.val_score)));
  }
  if (!result.stopped) return kDone;
  if (!json) err("stopped; the same command goes on\n");
  return signal_received() > 0 ? 128 + signal_received() : kDone;
}

}  // namespace

int run_tune(const Arguments& arguments) {
  SearchOptions options;
  TrainFlags flags;
  std::string data;
  bool json = false, quiet = false;
  Parser parser("tune", "Search for learning rate, weight decay, label smoothing and averaging.",
                "  noyau tune fashion-mnist --trials 9 --epochs 18\n"
                "  noyau tune photos --trials 27 --time 1h --model mobilenet_small\n"
                "  noyau train --config runs/search/best.toml\n"
                "The same command goes on with a search that was stopped.\n");
  parser.positional("DATA", &data, "folder of the pictures")
      .integer("--trials", &options.trials, 2, 10000, "settings to try; the first is the one given")
      .text("--out", &options.out, "folder of the search; by default runs/search", "PATH")
      .output_flags(&json, &quiet);
  flags.add_to(parser);
  if (!parser.parse(arguments)) return 0;
  flags.apply(options.base);
  options.base.data = data;
  set_data_path(data);
  TrainingOutput output(false, true);
  SearchCallbacks callbacks{.train = output.callbacks()};
  callbacks.run = [&](const SearchTrial& trial, std::int64_t run, std::int64_t runs) {
    if (json || quiet) return;
    out(fmt::format("run {} of {}: round {}, trial {}{}\n", run + 1, runs, trial.rung, trial.trial,
                    trial.done ? " (done before)" : ""));
    flush_output();
  };
  return finish(run_search(options, callbacks), json, quiet);
}

}  // namespace noyau::cli
