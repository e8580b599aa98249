#include <fmt/format.h>

#include <noyau/ensemble.hpp>
#include <noyau/error.hpp>
#include <noyau/run.hpp>
#include <noyau/train.hpp>

#include "data_part.hpp"
#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

struct EnsembleFlags {
  EnsembleOptions options;
  std::string data, part, out;
  std::int64_t threads = 0;
  bool json = false, quiet = false;
};

/// The data that the first run was trained on, with the same split.
Dataset open_pictures(const EnsembleFlags& flags) {
  TrainOptions options;
  const std::string& first = flags.options.members.front();
  if (is_run(first)) options = read_run(first);
  if (!flags.data.empty()) options.data = flags.data;
  if (options.data.empty())
    throw Error(ErrorCode::invalid_argument, "--data", "not given",
                "the folder of the pictures, where the first member is no run folder");
  return open_data(options);
}

Json json_of(const EnsembleRow& row) {
  return {{"name", row.name}, {"loss", row.loss}, {"top1", row.top1}, {"top5", row.top5}};
}

void print_row(const EnsembleRow& row) {
  out(fmt::format("{:<44} {:>8.2f} % {:>8.2f} % {:>8.4f}\n", escaped(row.name), 100 * row.top1,
                  100 * row.top5, row.loss));
  flush_output();
}

void print_gain(const EnsembleFlags& flags, const EnsembleResult& result) {
  double best = 0;
  for (const EnsembleRow& row : result.members) best = std::max(best, row.top1);
  out(
      fmt::format("gain: {:+.2f} points over the mean of the members, {:+.2f} over the best, on {} "
                  "pictures\n",
                  100 * (result.together.top1 - result.mean_top1),
                  100 * (result.together.top1 - best), grouped(result.images)));
  if (!flags.out.empty())
    out(fmt::format("saved: {0}\nnext:  noyau predict {0} PICTURE...\n", flags.out));
}

}  // namespace

int run_ensemble(const Arguments& arguments) {
  EnsembleFlags flags;
  Parser parser("ensemble", "Let several trained networks answer together, and save them as one.",
                "  noyau ensemble runs/train1 runs/train2 runs/train3 --out three.noyau\n"
                "  noyau ensemble runs/train4 --snapshots          all snapshots of one run\n"
                "  noyau ensemble runs/train1 runs/train2 --rule vote\n"
                "  noyau ensemble runs/train1 runs/train2 --soup greedy --out soup.noyau\n");
  parser.positionals("RUN", &flags.options.members, "run folders, .noyau or .safetensors files")
      .text("--out", &flags.out, "file for the ensemble; predict and eval take it", "PATH")
      .text("--rule", &flags.options.rule, "average (of probabilities, the default) or vote")
      .text("--soup", &flags.options.soup, "one network with averaged weights: uniform or greedy")
      .flag("--snapshots", &flags.options.snapshots, "take the snapshots that the runs kept")
      .text("--tta", &flags.options.tta, "test-time augmentation: none, flip or ten")
      .text("--data", &flags.data, "folder of the pictures; by default the first run's", "PATH")
      .text("--part", &flags.part, "test, val or train; by default the first that is there")
      .integer("--threads", &flags.threads, 0, 1024, "threads that compute; 0 = all processors")
      .output_flags(&flags.json, &flags.quiet);
  if (!parser.parse(arguments)) return 0;
  flags.options.threads = int(flags.threads);
  test_views(flags.options.tta);
  ensemble_files(flags.options);

  set_phase(Phase::data);
  const Dataset data = open_pictures(flags);
  const Split part = choose_part(data, flags.part);
  set_phase(Phase::model);
  const bool table = !flags.json && !flags.quiet;
  if (table) out(fmt::format("{:<44} {:>10} {:>10} {:>8}\n", "network", "top-1", "top-5", "loss"));
  const EnsembleResult result =
      make_ensemble(flags.options, data, part, flags.out, table ? print_row : nullptr);
  if (flags.json) {
    Json members = Json::array();
    for (const EnsembleRow& row : result.members) members.push_back(json_of(row));
    out_json({{"members", members},
              {"together", json_of(result.together)},
              {"mean_top1", result.mean_top1},
              {"images", result.images},
              {"part", to_string(part)},
              {"file", flags.out}});
  } else if (table) {
    print_gain(flags, result);
  }
  return 0;
}

}  // namespace noyau::cli
