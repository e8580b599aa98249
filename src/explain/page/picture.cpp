#include "explain/page/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/text.hpp"
#include "noyau/error.hpp"

namespace noyau::explain {
namespace {

constexpr int kSmallPicture = 96;  // up to here pixels are shown as squares, not smoothed

}  // namespace

std::string picture_element(const Picture& picture, const std::string& description) {
  if (picture.pixels.empty()) return "<div class=\"blank\"></div>";
  return fmt::format(
      "<img{} alt=\"{}\" src=\"data:image/png;base64,{}\">",
      std::max(picture.height, picture.width) <= kSmallPicture ? " class=\"small\"" : "",
      description, base64(encode_png(picture)));
}

std::string probability_row(double probability, const char* css_class) {
  if (!std::isfinite(probability)) return {};
  return fmt::format(
      "<dt></dt><dd class=\"share\"><span class=\"bar {}\"><i "
      "style=\"width:{:.1f}%\"></i></span>{}</dd>",
      css_class, 100 * probability, percent(probability, 1));
}

std::string class_name(const ReportInput& input, int index, const std::string& what) {
  if (index < 0 || static_cast<std::size_t>(index) >= input.classes.size())
    throw Error(ErrorCode::invalid_argument, what, fmt::format("class {}", index),
                fmt::format("0 to {}", std::ssize(input.classes) - 1));
  return markup_escaped(input.classes[static_cast<std::size_t>(index)]);
}

}  // namespace noyau::explain
