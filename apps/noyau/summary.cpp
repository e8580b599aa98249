#include <fmt/format.h>

#include <algorithm>
#include <noyau/model.hpp>

#include "model_flags.hpp"
#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

double megabytes(std::int64_t bytes) { return double(bytes) / 1e6; }

void print_table(const ModelSummary& summary) {
  std::size_t width = 5;
  for (const LayerSummary& layer : summary.layers) width = std::max(width, layer.name.size());
  const auto line = [&](auto name, auto op, auto kernel, auto shape, auto parameters, auto macs,
                        auto activations) {
    out(fmt::format("{:<{}}  {:<20} {:<9} {:<16} {:>11} {:>14} {:>10}\n", name, width, op, kernel,
                    shape, parameters, macs, activations));
  };
  line("layer", "op", "kernel", "output", "parameters", "MACs", "MB");
  for (const LayerSummary& layer : summary.layers)
    line(layer.name, layer.op, layer.kernel, to_string(layer.output), grouped(layer.parameters),
         grouped(layer.macs), fmt::format("{:.3f}", megabytes(layer.activation_bytes)));
  line("total", "", "", "", grouped(summary.parameters), grouped(summary.macs),
       fmt::format("{:.3f}", megabytes(summary.activation_bytes)));
  out(fmt::format("\n{} on input {}, {} classes; MACs are those of one picture.\n", summary.name,
                  to_string(summary.input), summary.classes));
}

void print_csv(const ModelSummary& summary) {
  out("layer,op,kernel,output,parameters,macs,activation_bytes\n");
  for (const LayerSummary& layer : summary.layers)
    out(fmt::format("{},{},{},{},{},{},{}\n", layer.name, layer.op, layer.kernel,
                    to_string(layer.output), layer.parameters, layer.macs, layer.activation_bytes));
}

Json json_of(const ModelSummary& summary) {
  Json layers = Json::array();
  for (const LayerSummary& layer : summary.layers)
    layers.push_back({{"name", layer.name},
                      {"op", layer.op},
                      {"kernel", layer.kernel},
                      {"output", std::vector<std::int64_t>(layer.output.extents().begin(),
                                                           layer.output.extents().end())},
                      {"parameters", layer.parameters},
                      {"macs", layer.macs},
                      {"activation_bytes", layer.activation_bytes}});
  return {{"model", summary.name},
          {"classes", summary.classes},
          {"parameters", summary.parameters},
          {"macs", summary.macs},
          {"activation_bytes", summary.activation_bytes},
          {"layers", layers}};
}

}  // namespace

int run_summary(const Arguments& arguments) {
  ModelFlags flags;
  bool json = false, csv = false;
  Parser parser("summary", "Layers of a network with output shape, parameters, MACs and memory.",
                "  noyau summary cifar_resnet20\n"
                "  noyau summary mobilenet_small --size 64 --classes 100\n"
                "  noyau summary runs/latest --csv > layers.csv\n");
  flags.add_to(parser);
  parser.output_flags(&json, nullptr).flag("--csv", &csv, "print comma-separated values");
  if (!parser.parse(arguments)) return 0;
  const ModelSummary summary = summarise(flags.options());
  if (json)
    out_json(json_of(summary), true);
  else if (csv)
    print_csv(summary);
  else
    print_table(summary);
  return 0;
}

}  // namespace noyau::cli
