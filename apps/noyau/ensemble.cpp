#include <noyau/ensemble.hpp>
#include <noyau/error.hpp>
#include <noyau/run.hpp>
#include <noyau/train.hpp>

#include "data_part.hpp"
#include "ensemble_output.hpp"
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
  if (!flags.data.empty()) use_data(options, flags.data);
  if (options.data.empty())
    throw Error(ErrorCode::invalid_argument, "--data", "not given",
                "the folder of the pictures, where the first member is no run folder");
  return open_data(options);
}

}  // namespace

int run_ensemble(const Arguments& arguments) {
  EnsembleFlags flags;
  Parser parser("ensemble", "Let several trained networks answer together, and save them as one.",
                "  noyau ensemble runs/train1 runs/train2 runs/train3 --out three.noyau\n"
                "  noyau ensemble runs/train4 --snapshots          all snapshots of one run\n"
                "  noyau ensemble runs/train1 runs/train2 --rule vote\n"
                "  noyau ensemble runs/train1 runs/train2 --soup greedy --out soup.noyau\n");
  parser
      .positionals("RUN", &flags.options.members, "run folders, .noyau, .safetensors or .pth files")
      .text("--out", &flags.out, "file for the ensemble; predict and eval take it", "PATH")
      .text("--rule", &flags.options.rule, "average (of answers, the default) or vote")
      .text("--soup", &flags.options.soup, "one network with averaged weights: uniform or greedy")
      .flag("--snapshots", &flags.options.snapshots, "take the snapshots that the runs kept")
      .text("--tta", &flags.options.tta, "test-time augmentation: none, flip, flips or ten")
      .text("--data", &flags.data, "folder of the pictures; by default the first run's", "PATH")
      .text("--part", &flags.part, "test, val or train; by default the first that is there")
      .integer("--threads", &flags.threads, 0, 1024, "threads that compute; 0 = all processors")
      .output_flags(&flags.json, &flags.quiet);
  if (!parser.parse(arguments)) return 0;
  flags.options.threads = int(flags.threads);
  check_ensemble(flags.options);
  ensemble_files(flags.options);

  set_phase(Phase::data);
  const Dataset data = open_pictures(flags);
  const Split part = choose_part(data, flags.part);
  set_phase(Phase::model);
  const bool table = !flags.json && !flags.quiet;
  const auto classes = std::int64_t(data.classes().size());
  const auto print_row = [&](const EnsembleRow& row) {
    out(ensemble_row(data.task(), classes, row));
    flush_output();
  };
  if (table) out(ensemble_head(data.task(), classes));
  std::function<void(const EnsembleRow&)> evaluated;
  if (table) evaluated = print_row;
  const EnsembleResult result = make_ensemble(flags.options, data, part, flags.out, evaluated);
  if (flags.json) out_json(ensemble_json(result, std::string(to_string(part)), flags.out));
  if (table) out(ensemble_gain(result, flags.out));
  return 0;
}

}  // namespace noyau::cli
