#include <fmt/format.h>

#include <cmath>

#include "explain/page/sections.hpp"
#include "explain/plot/reliability_plot.hpp"
#include "explain/reliability.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

// How sure the network is on the whole, against how often it is right.
std::string verdict(const std::vector<ReliabilityBin>& bins) {
  double confidence = 0, right = 0, images = 0;
  for (const ReliabilityBin& bin : bins) {
    confidence += bin.confidence;
    right += static_cast<double>(bin.right);
    images += static_cast<double>(bin.images);
  }
  const double gap = (confidence - right) / images;
  const char* word = gap > 0.01 ? "too sure of itself" : "too cautious";
  return fmt::format("It is {} sure on average and {} right{}.", percent(confidence / images, 1),
                     percent(right / images, 1),
                     std::abs(gap) > 0.01 ? fmt::format(": {}", word) : "");
}

}  // namespace

std::string calibration(const ReportInput& input) {
  if (input.task != Task::classes || input.labels.empty() || input.probabilities.empty()) return {};
  const std::vector<ReliabilityBin> bins =
      reliability_bins(input.probabilities, input.labels, static_cast<int>(input.classes.size()));
  if (bins.empty()) return {};
  return fmt::format(
      "<section class=\"card\"><h2>Calibration</h2>\n"
      "<p class=\"soft\">Where the network is 80 % sure, it should be right in 80 of 100 images: "
      "then the bars end on the dashed line. <span class=\"key hit\"></span> how often it is "
      "right, "
      "with 95 % intervals, <span class=\"key miss\"></span> how far off its confidence is. {} The "
      "expected calibration error, the mean of that distance over all images in {} bins, is "
      "{}.</p>\n<div class=\"heat fits\">{}</div></section>\n",
      verdict(bins), bins.size(), percent(calibration_error(bins)), reliability_svg(bins, false));
}

}  // namespace noyau::explain
