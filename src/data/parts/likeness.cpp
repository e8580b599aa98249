#include "data/parts/likeness.hpp"

#include <charconv>
#include <map>
#include <regex>
#include <tuple>

#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr std::string_view kTimeRule = "exif-time";
constexpr std::int64_t kUsualMinutes = 2, kMostMinutes = 1'000'000;

std::regex parse_expression(const std::string& rule) {
  try {
    return std::regex(rule, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    throw Error(ErrorCode::invalid_argument, "--group", "\"" + rule + "\"",
                "exif-time or a regular expression", error.what());
  }
}

std::int64_t join_by_name(std::span<const PictureFacts> pictures, const std::string& rule,
                          UnionFind& groups) {
  const std::regex expression = parse_expression(rule);
  const std::size_t wanted = expression.mark_count() > 0 ? 1 : 0;
  std::map<std::string, std::size_t> first;
  std::int64_t others = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    std::smatch match;
    if (!std::regex_search(pictures[i].name, match, expression) || !match[wanted].matched)
      ++others;
    else
      groups.join(first.emplace(match[wanted].str(), i).first->second, i);
  }
  return others;
}

std::int64_t parse_minutes(const std::string& rule) {
  if (rule == kTimeRule) return kUsualMinutes;
  const char* begin = rule.data() + kTimeRule.size() + 1;
  const char* end = rule.data() + rule.size();
  std::int64_t minutes = 0;
  const auto read = std::from_chars(begin, end, minutes);
  if (read.ec != std::errc() || read.ptr != end || minutes < 1 || minutes > kMostMinutes)
    throw Error(ErrorCode::invalid_argument, "--group", "\"" + rule + "\"",
                "exif-time=MINUTES, a whole number from 1 to 1000000");
  return minutes;
}

std::int64_t join_by_time(std::span<const PictureFacts> pictures, std::int64_t seconds,
                          UnionFind& groups) {
  std::vector<std::tuple<std::int32_t, std::int64_t, std::size_t>> order;  // label, time, picture
  for (std::size_t i = 0; i < pictures.size(); ++i)
    if (pictures[i].taken != 0) order.emplace_back(pictures[i].sample.label, pictures[i].taken, i);
  std::ranges::sort(order);
  for (std::size_t k = 1; k < order.size(); ++k) {
    const auto& [label, time, picture] = order[k];
    const auto& [label_before, time_before, picture_before] = order[k - 1];
    if (label == label_before && time - time_before <= seconds)
      groups.join(picture_before, picture);
  }
  return std::ssize(pictures) - std::ssize(order);
}

}  // namespace

std::int64_t join_alike(std::span<const PictureFacts> pictures, const std::string& rule,
                        UnionFind& groups) {
  if (rule.empty()) return 0;
  if (rule == kTimeRule || rule.starts_with(std::string(kTimeRule) + "="))
    return join_by_time(pictures, 60 * parse_minutes(rule), groups);
  return join_by_name(pictures, rule, groups);
}

}  // namespace noyau::data
