#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "data/augment/kind.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

/// The text up to the next `separator`, taken off `rest` together with it.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

double parse_argument(std::string_view step, std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value))
    throw Error(ErrorCode::invalid_argument, std::string(step), fmt::format("\"{}\"", text),
                "numbers separated by colons after the equals sign");
  return value;
}

Augmentation parse_step(std::string_view text) {
  std::string_view rest = text;
  const bool has_arguments = text.find('=') != std::string_view::npos;
  Augmentation step{std::string(take(rest, '=')), {}};
  if (!has_arguments) return step;
  // A colon at the end means that one more number was meant, which `take` would not see.
  const bool open = rest.empty() || rest.ends_with(':');
  while (!rest.empty()) step.arguments.push_back(parse_argument(text, take(rest, ':')));
  if (open) parse_argument(text, "");
  return step;
}

}  // namespace

std::vector<Augmentation> parse_augmentations(std::string_view text) {
  std::vector<Augmentation> steps;
  if (text == "none") return steps;
  const bool open = text.empty() || text.ends_with(',');
  while (!text.empty()) {
    steps.push_back(parse_step(take(text, ',')));
    data::resolve(steps.back());
  }
  if (open) data::resolve({});
  return steps;
}

std::string to_string(const std::vector<Augmentation>& steps) {
  if (steps.empty()) return "none";
  std::string text;
  for (const Augmentation& step : steps) {
    text += text.empty() ? step.kind : "," + step.kind;
    if (!step.arguments.empty()) text += fmt::format("={}", fmt::join(step.arguments, ":"));
  }
  return text;
}

}  // namespace noyau
