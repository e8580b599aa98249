#include <fmt/format.h>

#include <noyau/error.hpp>
#include <noyau/study.hpp>

#include "answer_output.hpp"
#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "signals.hpp"
#include "train_flags.hpp"
#include "training_output.hpp"

namespace noyau::cli {
namespace {

void list_studies(bool json) {
  Json list = Json::array();
  for (const Study& study : studies()) {
    list.push_back({{"name", study.name}, {"summary", study.summary}});
    if (!json) out(fmt::format("{:<12} {}\n", study.name, study.summary));
  }
  if (json) out_json(list, true);
}

void print_table(const StudyResult& result) {
  for (const StudyRow& row : result.rows) {
    if (row.scores.empty()) continue;
    const std::string spread =
        row.scores.size() > 1 ? " ± " + score_number(result.task, row.high - row.mean) : "";
    out(fmt::format("{:<32} {:>7}{}\n", escaped(row.name), score_number(result.task, row.mean),
                    spread));
  }
}

Json json_of(const StudyResult& result) {
  Json rows = Json::array();
  for (const StudyRow& row : result.rows)
    rows.push_back({{"variant", row.name},
                    {"scores", row.scores},
                    {"mean", row.mean},
                    {"low", row.low},
                    {"high", row.high},
                    {"seconds", row.seconds}});
  return {{"folder", result.folder}, {"stopped", result.stopped}, {"rows", rows}};
}

int finish(const StudyResult& result, bool json, bool quiet) {
  if (json)
    out_json(json_of(result));
  else if (!quiet) {
    print_table(result);
    out(fmt::format("table: {0}/study.md, chart: {0}/study.svg\n", result.folder));
  }
  if (!result.stopped) return kDone;
  if (!json) err("stopped; the same command goes on\n");
  return signal_received() > 0 ? 128 + signal_received() : kDone;
}

}  // namespace

int run_study(const Arguments& arguments) {
  StudyOptions options;
  TrainFlags flags;
  bool json = false, quiet = false;
  Parser parser("study", "Train several variants with several seeds and compare them.",
                "  noyau study                                    list the studies\n"
                "  noyau study resnet-rs fashion-mnist --seeds 3\n"
                "  noyau study augment photos --epochs 20         a flag holds for every variant\n"
                "  noyau study mine.toml photos                   see docs/studies.md\n"
                "The same command goes on with a study that was stopped.\n");
  parser.positional("STUDY", &options.study, "a study of the list, or a TOML file", false)
      .positional("DATA", &options.data, "folder of the pictures", false)
      .integer("--seeds", &options.seeds, 1, 1000, "runs of each variant, with seeds 0, 1, ...")
      .text("--out", &options.out, "folder of the study; by default runs/study-NAME", "PATH")
      .output_flags(&json, &quiet);
  flags.add_to(parser);
  if (!parser.parse(arguments)) return 0;
  if (options.study.empty()) {
    list_studies(json);
    return 0;
  }
  if (options.data.empty())
    throw Error(ErrorCode::invalid_argument, "noyau study", "no DATA",
                "the folder of the pictures");
  for (const auto& [name, text] : flags.given()) {
    if (name == "seed")
      throw Error(ErrorCode::invalid_argument, "--seed", "given", "--seeds N",
                  "each variant is trained with seeds 0 to N - 1");
    options.settings.emplace_back(name, text);
  }
  TrainingOutput output(false, true);
  StudyCallbacks callbacks{.train = output.callbacks()};
  const auto begin = std::chrono::steady_clock::now();
  std::int64_t trained = 0;
  callbacks.run = [&](const StudyProgress& p) {
    if (json || quiet) return;
    std::string left;
    if (trained > 0) {
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      left = fmt::format(", about {} left",
                         clock_text(taken.count() / double(trained) * double(p.runs - p.run)));
    }
    out(fmt::format("run {} of {}: {}, seed {}{}{}\n", p.run + 1, p.runs, escaped(p.variant),
                    p.seed, p.done ? " (done before)" : "", left));
    flush_output();
    trained += !p.done;
  };
  set_data_path(options.data);
  return finish(noyau::run_study(options, callbacks), json, quiet);
}

}  // namespace noyau::cli
