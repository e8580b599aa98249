#include <noyau/train.hpp>

#include "exit_codes.hpp"
#include "parser.hpp"
#include "train_flags.hpp"
#include "training_output.hpp"

namespace noyau::cli {
namespace {

/// These may change from one sitting to the next; all others must be as the run has them.
bool may_change(const std::string& name) {
  return name == "epochs" || name == "threads" || name == "workers";
}

}  // namespace

int run_resume(const Arguments& arguments) {
  TrainFlags flags;
  ResumeOptions options;
  bool json = false, quiet = false;
  Parser parser("resume",
                "Go on with a run from its last checkpoint: the same bits as without the stop.",
                "  noyau resume runs/latest\n"
                "  noyau resume runs/train3 --epochs 30    train further than first planned\n");
  parser.positional("RUN", &options.run, "run folder")
      .flag("--allow-changed-data", &options.allow_changed_data,
            "go on although the pictures are not those of the start")
      .output_flags(&json, &quiet);
  flags.add_to(parser);
  if (!parser.parse(arguments)) return 0;

  TrainOptions given;
  flags.apply(given);
  for (const auto& setting : flags.given()) {
    if (setting.first == "epochs") options.epochs = given.epochs;
    if (setting.first == "threads") options.threads = given.threads;
    if (setting.first == "workers") options.workers = given.workers;
    if (!may_change(setting.first)) options.expected.push_back(setting);
  }
  TrainingOutput output(json, quiet);
  const TrainCallbacks callbacks = output.callbacks();
  set_phase(Phase::model);
  set_data_path(read_run(options.run).data);
  return output.finish(resume(options, callbacks));
}

}  // namespace noyau::cli
