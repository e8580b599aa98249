#include <noyau/ensemble.hpp>
#include <noyau/error.hpp>
#include <noyau/model.hpp>
#include <noyau/train.hpp>

#include "exit_codes.hpp"
#include "parser.hpp"
#include "start_weights.hpp"
#include "train_flags.hpp"
#include "training_output.hpp"

namespace noyau::cli {

int run_train(const Arguments& arguments) {
  TrainFlags flags;
  std::string data, config, folder;
  bool json = false, quiet = false;
  Parser parser("train", "Train a network on labelled pictures and write a run folder.",
                "  noyau train photos                       one folder per class\n"
                "  noyau train fashion-mnist --epochs 10    a folder of IDX files\n"
                "  noyau train photos --model mobilenet_small --image-size 64 --lr 0.05\n"
                "  noyau train photos --model mobilenet_small --from base.safetensors "
                "--ignore-mismatched\n"
                "  noyau train photos --recipe resnet-rs --time 40m\n"
                "  noyau train photos --folds 5             cross-validation\n"
                "  noyau train photos --networks 3          three that answer together\n"
                "  noyau train --config runs/train1/args.toml\n");
  parser.positional("DATA", &data, "folder of the pictures", false)
      .text("--config", &config, "settings from an args.toml; flags win")
      .text("--out", &folder, "run folder; by default runs/trainN")
      .output_flags(&json, &quiet);
  flags.add_to(parser);
  if (!parser.parse(arguments)) return 0;

  TrainOptions options;
  if (!config.empty()) {
    set_phase(Phase::usage);
    read_options(options, config);
  }
  flags.apply(options);
  check_options(options);
  if (!data.empty()) options.data = data;
  options.out = folder;
  if (options.data.empty())
    throw Error(ErrorCode::invalid_argument, "noyau train", "no DATA", "the folder of the pictures",
                "noyau train --help shows how it is used");
  // A wrong name or weight file is told before the pictures are read.
  set_phase(Phase::model);
  take_model_of_start(options, flags);
  set_phase(Phase::usage);
  zoo_model(options.model);
  TrainingOutput output(json, quiet);
  const TrainCallbacks callbacks = output.callbacks();
  if (options.folds > 0) return output.finish(train_folds(options, callbacks));
  if (options.networks > 0) return output.finish(train_networks(options, callbacks));

  set_phase(Phase::data);
  const Dataset dataset = open_data(options);
  set_phase(Phase::writing);
  set_data_path(dataset.path());
  return output.finish(train(options, dataset, callbacks));
}

}  // namespace noyau::cli
