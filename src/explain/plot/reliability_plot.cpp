#include "explain/plot/reliability_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/interval.hpp"
#include "explain/plot/svg.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

constexpr double kWidth = 420;
constexpr double kLeft = 70, kRight = kWidth - 20, kTop = 44, kBottom = kTop + (kRight - kLeft);
constexpr double kCountTop = kBottom + 16, kCountBottom = kCountTop + 64;
constexpr double kHeight = kCountBottom + 54;

double across(double share) { return kLeft + share * (kRight - kLeft); }
double up(double share) { return kBottom - share * (kBottom - kTop); }

std::string axes() {
  std::string out;
  for (int tick = 0; tick <= 100; tick += 20) {
    const double share = tick / 100.0;
    out += svg_line(kLeft, up(share), kRight, up(share), "grid");
    out += svg_line(across(share), kTop, across(share), kCountBottom, "grid");
    out += svg_text(kLeft - 8, up(share) + 4, "label", "end", fmt::format("{}", tick));
    out += svg_text(across(share), kCountBottom + 18, "label", "middle", fmt::format("{}", tick));
  }
  const auto upright = [](double y, const char* text) {
    return svg_text(18, y, "label", "middle", text,
                    fmt::format("transform=\"rotate(-90 18 {:.1f})\"", y));
  };
  return out + upright((kTop + kBottom) / 2, "accuracy in %") +
         upright((kCountTop + kCountBottom) / 2, "images") +
         svg_text((kLeft + kRight) / 2, kCountBottom + 40, "label", "middle", "confidence in %");
}

std::string box(double left, double right, double top, double bottom, const char* css_class,
                const std::string& hint) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" {}><title>{}</title>"
      "</rect>\n",
      left, top, right - left, bottom - top, css_class, hint);
}

// The accuracy as a bar, what the confidence is away from it in the other colour, and the interval.
std::string bar(const ReliabilityBin& bin, double left, double right, int64_t most) {
  const auto images = static_cast<double>(bin.images);
  const Interval accuracy = share_interval(bin.right, bin.images);
  const double confidence = bin.confidence / images, middle = (left + right) / 2;
  const std::string hint = fmt::format("{} images, {} sure, {} right", grouped(bin.images),
                                       percent(confidence, 1), percent(accuracy.mean, 1));
  const auto [low, high] = std::minmax(accuracy.mean, confidence);
  const double height = (kCountBottom - kCountTop) * images / static_cast<double>(most);
  std::string out =
      box(left, right, up(accuracy.mean), kBottom, "class=\"hit\" fill-opacity=\"0.75\"", hint) +
      box(left, right, up(high), up(low), "class=\"miss\" fill-opacity=\"0.45\"", hint) +
      box(left, right, kCountBottom - height, kCountBottom, "class=\"hit\"", hint);
  for (const double end : {accuracy.low, accuracy.high})
    out += svg_line(middle - 4, up(end), middle + 4, up(end), "frame");
  return out + svg_line(middle, up(accuracy.low), middle, up(accuracy.high), "frame");
}

}  // namespace

std::string reliability_svg(std::span<const ReliabilityBin> bins, bool standalone) {
  std::string out = svg_open(kWidth, kHeight, "Calibration", standalone);
  if (standalone)
    out += svg_text(kLeft, 26, "title", "start",
                    "Calibration: error " + percent(calibration_error(bins), 1));
  out += axes();
  int64_t most = 0;
  for (const ReliabilityBin& bin : bins) most = std::max(most, bin.images);
  const auto count = static_cast<double>(bins.size());
  for (std::size_t i = 0; i < bins.size(); ++i)
    if (bins[i].images > 0)
      out += bar(bins[i], across(static_cast<double>(i) / count) + 1,
                 across(static_cast<double>(i + 1) / count) - 1, most);
  return out + svg_line(kLeft, kBottom, kRight, kTop, "mark") +
         svg_line(kLeft, kBottom, kRight, kBottom, "frame") +
         svg_line(kLeft, kCountBottom, kRight, kCountBottom, "frame") + "</svg>\n";
}

}  // namespace noyau::explain
