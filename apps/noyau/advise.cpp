#include <fmt/format.h>

#include <noyau/advise.hpp>
#include <noyau/error.hpp>

#include "advice_output.hpp"
#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "reading_progress.hpp"
#include "start_weights.hpp"
#include "train_flags.hpp"

namespace noyau::cli {

int run_advise(const Arguments& arguments) {
  std::string data;
  bool json = false, quiet = false;
  TrainFlags flags;
  Parser parser(
      "advise",
      "Say how to go on from weights that others trained: which stages to freeze, what to "
      "expect, how long it takes. Takes the flags of noyau train.",
      "  noyau advise photos --from efficientnet_lite0\n"
      "  noyau advise photos --from runs/train3 --image-size 300 --json\n");
  parser.positional("DATA", &data, "folder of the pictures, see docs/data.md")
      .output_flags(&json, &quiet);
  flags.add_to(parser);
  if (!parser.parse(arguments)) return kDone;
  TrainOptions options;
  flags.apply(options);
  check_options(options);
  options.data = data;
  set_phase(Phase::model);
  take_model_of_start(options, flags);
  set_phase(Phase::data);
  const Dataset dataset = open_data(options);
  ReadingProgress progress(!json && !quiet);
  const Advice advice = advise(options, dataset, progress.callback());
  progress.clear();
  if (json)
    out_json(json_of(advice), true);
  else
    out(advice_text(advice));
  return kDone;
}

}  // namespace noyau::cli
