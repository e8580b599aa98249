#include <fmt/format.h>

#include <algorithm>
#include <noyau/model.hpp>

#include "model_flags.hpp"
#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

double megabytes(std::int64_t bytes) { return double(bytes) / 1e6; }

std::string field_text(const LayerSummary& layer) {
  return layer.receptive_field == kWholeInput ? "all" : grouped(layer.receptive_field);
}

void print_table(const ModelSummary& summary) {
  std::size_t width = 5;
  for (const LayerSummary& layer : summary.layers) width = std::max(width, layer.name.size());
  const auto line = [&](auto name, auto op, auto kernel, auto shape, auto field, auto weights,
                        auto biases, auto macs, auto activations) {
    out(fmt::format("{:<{}}  {:<19} {:<14} {:<16} {:>6} {:>11} {:>7} {:>14} {:>9}\n", name, width,
                    op, kernel, shape, field, weights, biases, macs, activations));
  };
  line("layer", "op", "kernel", "output", "field", "weights", "biases", "MACs", "MB");
  for (const LayerSummary& layer : summary.layers)
    line(layer.name, layer.op, layer.kernel, to_string(layer.output), field_text(layer),
         grouped(layer.parameters - layer.biases), grouped(layer.biases), grouped(layer.macs),
         fmt::format("{:.3f}", megabytes(layer.activation_bytes)));
  line("total", "", "", "", "", grouped(summary.parameters - summary.biases),
       grouped(summary.biases), grouped(summary.macs),
       fmt::format("{:.3f}", megabytes(summary.activation_bytes)));
  out(fmt::format("\n{} on input {}, {} classes: {} parameters; MACs are those of one picture.\n",
                  summary.name, to_string(summary.input), summary.classes,
                  grouped(summary.parameters)));
}

void print_csv(const ModelSummary& summary) {
  out("layer,op,kernel,output,receptive_field,parameters,biases,macs,activation_bytes\n");
  for (const LayerSummary& layer : summary.layers)
    out(fmt::format(
        "{},{},{},{},{},{},{},{},{}\n", layer.name, layer.op, layer.kernel, to_string(layer.output),
        layer.receptive_field == kWholeInput ? "all" : std::to_string(layer.receptive_field),
        layer.parameters, layer.biases, layer.macs, layer.activation_bytes));
}

std::vector<std::int64_t> list(const Shape& shape) {
  return {shape.extents().begin(), shape.extents().end()};
}

Json json_of(const LayerSummary& layer) {
  Json field = layer.receptive_field;
  if (layer.receptive_field == kWholeInput) field = nullptr;
  return {{"name", layer.name},
          {"op", layer.op},
          {"kernel", layer.kernel},
          {"output", list(layer.output)},
          {"inputs", layer.inputs},
          {"receptive_field", field},
          {"parameters", layer.parameters},
          {"biases", layer.biases},
          {"macs", layer.macs},
          {"activation_bytes", layer.activation_bytes}};
}

Json json_of(const ModelSummary& summary) {
  Json layers = Json::array();
  for (const LayerSummary& layer : summary.layers) layers.push_back(json_of(layer));
  return {{"model", summary.name},
          {"input", list(summary.input)},
          {"classes", summary.classes},
          {"parameters", summary.parameters},
          {"biases", summary.biases},
          {"macs", summary.macs},
          {"activation_bytes", summary.activation_bytes},
          {"layers", layers}};
}

}  // namespace

int run_summary(const Arguments& arguments) {
  ModelFlags flags;
  bool json = false, csv = false;
  std::string svg, html;
  Parser parser("summary",
                "Layers of a network: shapes, parameters, MACs, receptive field, a picture.",
                "  noyau summary cifar_resnet20\n"
                "  noyau summary mobilenet_small --size 64 --classes 100\n"
                "  noyau summary runs/latest --csv > layers.csv\n"
                "  noyau summary resnet50 --svg resnet50.svg --html resnet50.html\n");
  flags.add_to(parser);
  parser.output_flags(&json, nullptr)
      .flag("--csv", &csv, "print comma-separated values")
      .text("--svg", &svg, "write a picture of the architecture to this file")
      .text("--html", &html, "write a page with the picture and the table to this file");
  if (!parser.parse(arguments)) return 0;
  const ModelSummary summary = summarise(flags.options());
  if (!svg.empty()) {
    write_architecture_svg(svg, summary);
    err(fmt::format("wrote {}\n", svg));
  }
  if (!html.empty()) {
    write_summary_page(html, summary);
    err(fmt::format("wrote {}\n", html));
  }
  if (json)
    out_json(json_of(summary), true);
  else if (csv)
    print_csv(summary);
  else if (svg.empty() && html.empty())
    print_table(summary);
  return 0;
}

}  // namespace noyau::cli
