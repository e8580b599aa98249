#include <fmt/format.h>

#include <noyau/error.hpp>
#include <noyau/lr_finder.hpp>

#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "signals.hpp"
#include "train_flags.hpp"

namespace noyau::cli {
namespace {

void print(const LrResult& result, const std::string& folder, bool json) {
  if (json) {
    out_json({{"suggested", result.suggested},
              {"reason", result.reason},
              {"steps", result.points.size()},
              {"diverged", result.diverged},
              {"folder", folder}});
    return;
  }
  if (result.suggested > 0)
    out(fmt::format("suggested: --lr {:.2g} ({})\n", result.suggested, result.reason));
  else
    out(result.reason + "\n");
  out(fmt::format("curve: {0}/lr.svg, numbers: {0}/lr.csv\n", folder));
}

}  // namespace

int run_lr(const Arguments& arguments) {
  TrainFlags flags;
  LrRange range;
  std::string data, folder = "lr";
  bool json = false, quiet = false;
  Parser parser("lr", "Find a learning rate: train a few steps with rising rates.",
                "  noyau lr fashion-mnist\n"
                "  noyau lr photos --model resnet18 --optimizer adamw\n"
                "  noyau lr photos --lowest 1e-4 --highest 1 --steps 200 --out rates\n");
  parser.positional("DATA", &data, "folder of the pictures")
      .number("--lowest", &range.lowest, 0, 1000, "first rate; 0 = 1/10000 of the usual rate")
      .number("--highest", &range.highest, 0, 1e6, "last rate; 0 = 100 times the usual rate")
      .integer("--steps", &range.steps, 20, 100000, "steps, of a batch each")
      .text("--out", &folder, "folder for lr.csv and lr.svg; lr by default", "PATH")
      .output_flags(&json, &quiet);
  flags.add_to(parser);
  if (!parser.parse(arguments)) return 0;
  TrainOptions options;
  flags.apply(options);
  options.data = data;
  zoo_model(options.model);
  set_phase(Phase::data);
  const Dataset pictures = open_data(options);
  set_phase(Phase::usage);
  const bool live = !json && !quiet && output_is_terminal();
  const LrResult result =
      find_lr(options, pictures, range, [&](const LrPoint& point, std::int64_t step) {
        if (live)
          live_line(fmt::format("step {}/{}  rate {:.2g}  loss {:.3f}", step, range.steps,
                                point.rate, point.loss),
                    fmt::format("step {}/{}", step, range.steps));
        return !stop_on_signals().load();
      });
  if (live) clear_live_line();
  set_phase(Phase::writing);
  write_lr(folder, result, fmt::format("{} on {}", options.model, data));
  if (!quiet) print(result, folder, json);
  return kDone;
}

}  // namespace noyau::cli
