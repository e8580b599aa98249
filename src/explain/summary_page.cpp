#include <fmt/format.h>

#include "explain/assets.hpp"
#include "explain/text.hpp"
#include "explain/write_file.hpp"
#include "noyau/summary.hpp"

namespace noyau {
namespace explain {
namespace {

constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'";

std::string head(const ModelSummary& summary) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}main,header{{max-width:1280px}}\n"
      ".picture{{background:#ffffff;--ink:#24292f;--soft:#57606a;--on:#ffffff}}\n"
      ".picture svg{{max-width:100%;height:auto}}\n</style>\n</head>\n",
      kPolicy, markup_escaped(summary.name), kReportCss);
}

std::string tile(std::string_view what, const std::string& value) {
  return fmt::format("<div class=\"tile\"><b>{}</b>{}</div>\n", value, what);
}

std::string tiles(const ModelSummary& summary) {
  return "<div class=\"tiles\">\n" + tile("input", markup_escaped(to_string(summary.input))) +
         tile("parameters", grouped(summary.parameters)) +
         tile("multiply-adds of one picture", grouped(summary.macs)) +
         tile("MB of activations", fmt::format("{:.1f}", double(summary.activation_bytes) / 1e6)) +
         tile("classes", grouped(summary.classes)) + "</div>\n";
}

std::string row(const LayerSummary& layer) {
  return fmt::format(
      "<tr><td>{}</td><td class=\"left\">{}</td><td class=\"left\">{}</td><td>{}</td><td>{}</td>"
      "<td>{}</td><td>{}</td><td>{}</td><td>{:.3f}</td></tr>\n",
      markup_escaped(layer.name), markup_escaped(layer.op), markup_escaped(layer.kernel),
      to_string(layer.output),
      layer.receptive_field == kWholeInput ? "all" : grouped(layer.receptive_field),
      grouped(layer.parameters - layer.biases), grouped(layer.biases), grouped(layer.macs),
      double(layer.activation_bytes) / 1e6);
}

std::string table(const ModelSummary& summary) {
  std::string out =
      "<section class=\"card\"><h2>Layers</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
      "<th>layer</th><th class=\"left\">op</th><th class=\"left\">kernel</th><th>output</th>"
      "<th>field</th><th>weights</th><th>biases</th><th>MACs</th><th>MB</th></tr></thead>\n"
      "<tbody>\n";
  for (const LayerSummary& layer : summary.layers) out += row(layer);
  out += fmt::format(
      "</tbody>\n<tfoot><tr><td>total</td><td></td><td></td><td></td><td></td><td>{}</td>"
      "<td>{}</td><td>{}</td><td>{:.3f}</td></tr></tfoot>\n",
      grouped(summary.parameters - summary.biases), grouped(summary.biases), grouped(summary.macs),
      double(summary.activation_bytes) / 1e6);
  return out +
         "</table></div>\n<p class=\"soft\">Outputs are batch, height, width, channels; field is "
         "the receptive field in pixels; MACs are multiply-adds of one picture.</p></section>\n";
}

}  // namespace
}  // namespace explain

void write_summary_page(const std::string& path, const ModelSummary& summary) {
  using namespace explain;
  write_file(path, head(summary) + "<body>\n<header>\n<h1>" + markup_escaped(summary.name) +
                       "</h1>\n</header>\n<main>\n" + tiles(summary) +
                       "<section class=\"card picture\">\n" + architecture_svg(summary) +
                       "</section>\n" + table(summary) + "</main>\n</body>\n</html>\n");
}

}  // namespace noyau
