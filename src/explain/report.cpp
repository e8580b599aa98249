#include "noyau/report.hpp"

#include <fmt/format.h>

#include "explain/assets.hpp"
#include "explain/page/sections.hpp"
#include "explain/text.hpp"
#include "explain/write_file.hpp"

namespace noyau {
namespace explain {
namespace {

// Forbids every request, whatever ends up in the page.
constexpr const char* kPolicy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

// "3.9.1", from the comment that the file begins with.
std::string_view chart_js_version() {
  constexpr std::string_view kBefore = "Chart.js v";
  const std::size_t at = kChartJs.substr(0, 200).find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::string_view version = kChartJs.substr(at + kBefore.size());
  return version.substr(0, version.find_first_of(" \n\r*"));
}

std::string head(const ReportInput& input) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n",
      kPolicy, markup_escaped(title_of(input)), kReportCss);
}

std::string page(const ReportInput& input, const ConfusionMatrix& matrix) {
  const std::string charts = curves(input);
  std::string out = head(input) + "<body>\n<header>\n" + headline(input, matrix) +
                    "</header>\n<main>\n" + advice(input) + facts(input) + charts +
                    confusion(input, matrix) + class_table(input, matrix) + calibration(input) +
                    answers(input) + mistakes(input) + suspicious_labels(input) +
                    duplicates(input) + skipped(input) + "</main>\n" +
                    footer(input, !charts.empty());
  if (!charts.empty()) out += fmt::format("<script>{}</script>\n", kChartJs);
  return out + fmt::format("<script>\n{}</script>\n</body>\n</html>\n", kReportJs);
}

}  // namespace

std::string footer(const ReportInput& input, bool with_charts) {
  std::string out = "<footer>\n<p>Written by noyau";
  if (!input.version.empty()) out += ' ' + markup_escaped(input.version);
  out += ". This page needs no network.";
  if (with_charts)
    out += fmt::format(
        " Curves drawn with Chart.js {}, MIT licence.</p>\n"
        "<details><summary>Licence of Chart.js</summary><pre>{}</pre></details>\n",
        chart_js_version(), markup_escaped_lines(kChartJsLicence));
  return out + "</footer>\n";
}

}  // namespace explain

void write_report(const std::string& path, const ReportInput& input) {
  ConfusionMatrix matrix;
  if (!input.labels.empty() || !input.predictions.empty())
    matrix =
        confusion_matrix(input.labels, input.predictions, static_cast<int>(input.classes.size()));
  explain::write_file(path, explain::page(input, matrix));
}

}  // namespace noyau
