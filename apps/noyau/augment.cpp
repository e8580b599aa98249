#include <fmt/format.h>

#include <cmath>
#include <noyau/augment.hpp>
#include <noyau/error.hpp>

#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

std::string argument_text(const AugmentationArgument& argument) {
  if (std::isnan(argument.value)) return fmt::format("{} (by size)", argument.name);
  return fmt::format("{} {} ({} to {})", argument.name, argument.value, argument.least,
                     argument.most);
}

void print_kinds() {
  for (const AugmentationKind& kind : augmentation_kinds()) {
    std::string arguments;
    for (const AugmentationArgument& argument : kind.arguments)
      arguments += (arguments.empty() ? "" : " : ") + argument_text(argument);
    out(fmt::format("{:<13} {}{}\n", kind.name, kind.help,
                    kind.source.empty() ? "" : fmt::format(" [{}]", kind.source)));
    out(fmt::format("{:<13} = {}\n", "", arguments));
  }
}

struct AugmentFlags {
  TrainOptions options;
  SheetOptions sheet;
  std::string preview;
  bool list = false;
};

bool parse(AugmentFlags& flags, const Arguments& arguments) {
  std::string steps = flags.options.augment;
  std::string seed = "0";
  Parser parser("augment",
                "Show training pictures as the network sees them, or list what can be done.",
                "  noyau augment photos --preview sheet.png\n"
                "  noyau augment photos --augment crop,flip,rotate=15 --count 12 --preview a.png\n"
                "  noyau augment photos --image-size 224 --augment resized-crop=0.1:1,flip,jitter "
                "--preview a.png\n"
                "  noyau augment --list\n");
  parser.positional("DATA", &flags.options.data, "folder of the dataset", false)
      .text("--augment", &steps, "steps joined by commas, as in train [auto]")
      .text("--preview", &flags.preview, "PNG file to write")
      .integer("--image-size", &flags.options.image_size, 0, 4096,
               "pixels; 0 = that of the pictures or of the model")
      .integer("--pictures", &flags.sheet.pictures, 1, 1000, "rows [8]")
      .integer("--count", &flags.sheet.variants, 1, 1000, "variants of each picture [8]")
      .text("--seed", &seed, "seed of the changes [0]")
      .text("--model", &flags.options.model, "architecture whose image size counts")
      .flag("--list", &flags.list, "list the steps with arguments, defaults and ranges");
  if (!parser.parse(arguments)) return false;
  set_option(flags.options, "seed", seed);
  set_option(flags.options, "augment", steps);
  return true;
}

}  // namespace

int run_augment(const Arguments& arguments) {
  AugmentFlags flags;
  if (!parse(flags, arguments)) return kDone;
  if (flags.list) {
    print_kinds();
    return kDone;
  }
  if (flags.options.data.empty())
    throw Error(ErrorCode::invalid_argument, "noyau augment", "no DATA",
                "a folder of pictures, or --list");
  if (flags.preview.empty())
    throw Error(ErrorCode::invalid_argument, "--preview", "no file", "where to write the sheet");
  zoo_model(flags.options.model);
  set_phase(Phase::data);
  const Dataset data = open_data(flags.options);
  set_phase(Phase::writing);
  set_data_path(data.path());
  write_augmentation_sheet(flags.preview, flags.options, data, flags.sheet);
  for (const Skipped& file : data.skipped())
    warn(escaped(fmt::format("{}: {}; skipped", file.path, file.reason)));
  err(fmt::format("wrote {}\n", escaped(flags.preview)));
  return kDone;
}

}  // namespace noyau::cli
