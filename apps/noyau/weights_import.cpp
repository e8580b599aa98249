#include <fmt/format.h>

#include <charconv>
#include <noyau/error.hpp>
#include <noyau/weight_store.hpp>

#include "exit_codes.hpp"
#include "network_flags.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "weight_actions.hpp"
#include "weight_output.hpp"

namespace noyau::cli {
namespace {

/// "0.485,0.456,0.406"; empty for no text.
std::vector<double> numbers(const char* flag, const std::string& text) {
  std::vector<double> list;
  const char *at = text.data(), *const end = at + text.size();
  while (at != end) {
    double number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    const bool ended = next == end || (*next == ',' && next + 1 != end);
    if (error != std::errc() || !ended)
      throw Error(ErrorCode::invalid_argument, flag, fmt::format("\"{}\"", text),
                  "numbers with commas between them");
    list.push_back(number);
    at = next == end ? end : next + 1;
  }
  return list;
}

struct Flags {
  std::string file, name, class_names = "auto", mean, deviation, interpolation, padding, licence,
                          source;
  double crop_fraction = 0, norm_eps = 0;
  bool replace = false, json = false, quiet = false;
};

bool is_same_padding(const std::string& padding) {
  if (padding == "same" || padding == "symmetric") return padding == "same";
  throw Error(ErrorCode::invalid_argument, "--padding", fmt::format("\"{}\"", padding),
              "one of same, symmetric");
}

TrainedWith trained_with(const Flags& flags) {
  TrainedWith with{.mean = numbers("--mean", flags.mean),
                   .deviation = numbers("--std", flags.deviation)};
  if (!flags.interpolation.empty()) with.interpolation = parse_interpolation(flags.interpolation);
  if (flags.crop_fraction > 0) with.crop_fraction = flags.crop_fraction;
  if (flags.norm_eps > 0) with.norm_eps = flags.norm_eps;
  if (!flags.padding.empty()) with.same_padding = is_same_padding(flags.padding);
  return with;
}

void add_flags(Parser& parser, Flags& flags, NetworkFlags& network) {
  parser.positional("FILE", &flags.file, "run folder, .noyau, .safetensors or .pth file")
      .text("--name", &flags.name, "name to keep them under; by default the architecture's",
            "NAME");
  network.add_to(parser);
  parser
      .text("--class-names", &flags.class_names,
            "imagenet, numbers, or a text file with one name a line; auto takes ImageNet's for "
            "1000 classes")
      .text("--mean", &flags.mean, "what is subtracted from pixels of 0 to 1, one for each channel",
            "R,G,B")
      .text("--std", &flags.deviation, "what they are then divided by", "R,G,B")
      .text("--interpolation", &flags.interpolation, "bilinear or bicubic")
      .number("--crop-fraction", &flags.crop_fraction, 0.05, 1,
              "input size divided by the size that pictures are resized to")
      .text("--padding", &flags.padding, "symmetric, or same (TensorFlow's rule)")
      .number("--norm-eps", &flags.norm_eps, 1e-12, 1, "eps of the batch norms")
      .text("--licence", &flags.licence, "licence of the weights")
      .text("--source", &flags.source, "where they come from")
      .flag("--replace", &flags.replace, "in place of other weights of that name")
      .output_flags(&flags.json, &flags.quiet);
}

}  // namespace

int run_weights_import(const Arguments& arguments) {
  Flags flags;
  NetworkFlags network;
  Parser parser("weights import",
                "Check a weight file and keep a copy under a name, for predict, eval and train "
                "--from. The network is found by the names and shapes of the tensors.",
                "  noyau weights import resnet18.pth\n"
                "  noyau weights import mine.safetensors --model resnet18 --name birds "
                "--class-names birds.txt\n"
                "  noyau predict birds photo.jpg\n");
  add_flags(parser, flags, network);
  if (!parser.parse(arguments)) return kDone;
  const ImportOptions options{.network = network.options(),
                              .name = flags.name,
                              .class_names = flags.class_names,
                              .trained_with = trained_with(flags),
                              .origin = {.source = flags.source, .licence = flags.licence},
                              .replace = flags.replace};
  set_phase(Phase::model);
  const StoredWeights weights = import_weights(flags.file, options);
  if (flags.json) {
    out_json(json_of(weights), true);
  } else if (!flags.quiet) {
    out(fmt::format("{}: weights of {} for {} classes, kept in {}\n", escaped(weights.name),
                    escaped(weights.model), weights.classes, escaped(weights.path)));
  }
  return kDone;
}

}  // namespace noyau::cli
