#include <fmt/format.h>

#include <algorithm>
#include <noyau/error.hpp>
#include <noyau/model.hpp>
#include <noyau/run.hpp>

#include "exit_codes.hpp"
#include "network_flags.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "weight_actions.hpp"
#include "weight_output.hpp"

namespace noyau::cli {
namespace {

// Unsigned: an empty tensor may carry any extents beside its zero.
std::uint64_t elements(const TensorInfo& tensor) {
  std::uint64_t product = 1;
  for (const std::int64_t extent : tensor.shape) product *= std::uint64_t(extent);
  return product;
}

void print_table(const WeightFileInfo& info) {
  std::size_t width = 4;
  for (const TensorInfo& tensor : info.tensors)
    width = std::max(width, escaped(tensor.name).size());
  out(fmt::format("{:<{}}  {:<5}  {}\n", "name", width, "dtype", "shape"));
  std::uint64_t numbers = 0;
  for (const TensorInfo& tensor : info.tensors) {
    out(fmt::format("{:<{}}  {:<5}  {}\n", escaped(tensor.name), width, tensor.dtype,
                    shape_text(tensor.shape)));
    numbers += elements(tensor);
  }
  out(fmt::format("{} tensors, {} numbers{}\n", grouped(std::int64_t(info.tensors.size())),
                  grouped(std::int64_t(numbers)),
                  info.model.empty()
                      ? ""
                      : fmt::format("; {}, {} classes", escaped(info.model), info.classes.size())));
}

int show(const Arguments& arguments) {
  std::string file;
  bool json = false;
  Parser parser("weights show", "List the tensors of a file: name, type, shape.",
                "  noyau weights show resnet.safetensors\n"
                "  noyau weights show runs/latest --json\n");
  parser.positional("FILE", &file, "run folder, .noyau, .safetensors or .pth file, or a name")
      .output_flags(&json, nullptr);
  if (!parser.parse(arguments)) return kDone;
  set_phase(Phase::model);
  const WeightFileInfo info = weight_file_info(file);
  if (!json) {
    print_table(info);
    return kDone;
  }
  Json tensors = Json::array();
  for (const TensorInfo& tensor : info.tensors) tensors.push_back(json_of(tensor));
  out_json({{"file", file}, {"model", info.model}, {"classes", info.classes}, {"tensors", tensors}},
           true);
  return kDone;
}

int write(const Arguments& arguments) {
  std::string source, target;
  bool quiet = false;
  Parser parser("weights export", "Write the weights of a trained network for other programs.",
                "  noyau weights export runs/latest --out best.safetensors\n");
  parser.positional("MODEL", &source, "run folder, .noyau, .safetensors or .pth file, or a name")
      .text("--out", &target, "the .safetensors file to write")
      .flag("--quiet", &quiet, "print errors and warnings only");
  NetworkFlags network;
  network.add_to(parser);
  if (!parser.parse(arguments)) return kDone;
  if (!target.ends_with(".safetensors"))
    throw Error(ErrorCode::invalid_argument, "--out", fmt::format("\"{}\"", target),
                "a name that ends with .safetensors");
  const ModelOptions options = network.options();
  set_phase(Phase::model);
  const Model model = Model::from_weights(options, source, {}, 1);
  set_phase(Phase::writing);
  model.save_weights(target);
  if (!quiet)
    out(fmt::format("{}: {} tensors of {}\n", escaped(target), model.match().matching.size(),
                    escaped(model.name())));
  return kDone;
}

int match(const Arguments& arguments) {
  std::string file;
  bool json = false;
  NetworkFlags network;
  Parser parser("weights match",
                "Compare the tensors of a file with those of a network; exit code 4 when they "
                "differ.",
                "  noyau weights match resnet.safetensors --model cifar_resnet20\n"
                "  noyau weights match resnet.safetensors --model cifar_resnet20 --classes 7\n");
  parser.positional("FILE", &file, "run folder, .noyau, .safetensors or .pth file, or a name")
      .output_flags(&json, nullptr);
  network.add_to(parser);
  if (!parser.parse(arguments)) return kDone;
  const ModelOptions options = network.options();
  set_phase(Phase::model);
  const WeightMatch result = match_weights(file, options);
  if (json)
    out_json(match_json(result), true);
  else
    out(fmt::format("{}: {}\n{}", escaped(file), result.complete() ? "fits" : "does not fit",
                    match_text(result)));
  return result.complete() ? kDone : kModel;
}

void print_help() {
  out("List, export, compare, keep and fetch weights.\n\n"
      "usage: noyau weights show|export|match|import FILE [--flags]\n"
      "       noyau weights list\n"
      "       noyau weights get NAME\n\n"
      "  show    list the tensors: name, type, shape\n"
      "  export  write the weights of a trained network as .safetensors\n"
      "  match   compare the tensors with those of a network\n"
      "  import  keep a copy under a name\n"
      "  list    show the weights that are kept here, and published ones\n"
      "  get     fetch published weights and keep them\n\n"
      "examples:\n"
      "  noyau weights show resnet.safetensors\n"
      "  noyau weights export runs/latest --out best.safetensors\n"
      "  noyau weights match resnet.safetensors --model cifar_resnet20 --classes 7\n"
      "  noyau weights match --help\n");
}

}  // namespace

int run_weights(const Arguments& arguments) {
  const std::string action = arguments.empty() ? "" : arguments[0];
  if (action == "--help" || action == "-h") {
    print_help();
    return kDone;
  }
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (action == "show") return show(rest);
  if (action == "export") return write(rest);
  if (action == "match") return match(rest);
  if (action == "import") return run_weights_import(rest);
  if (action == "list") return run_weights_list(rest);
  if (action == "get") return run_weights_get(rest);
  const std::string near =
      nearest_name(action, {"show", "export", "match", "import", "list", "get"});
  throw Error(ErrorCode::invalid_argument, "noyau weights",
              action.empty() ? "no action" : fmt::format("\"{}\"", action),
              "one of show, export, match, import, list, get",
              near.empty() ? "noyau weights --help shows how it is used"
                           : fmt::format("did you mean {}?", near));
}

}  // namespace noyau::cli
