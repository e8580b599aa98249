#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "api/numbers.hpp"
#include "api/time_budget.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "noyau/train.hpp"

namespace noyau {
namespace {

std::string shown(double value) { return api::number_text(value); }
std::string shown(std::int64_t value) { return std::to_string(value); }
std::string shown(std::uint64_t value) { return std::to_string(value); }
std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(const std::string& value) { return value; }
template <class T>
std::string shown(const std::optional<T>& value) {
  return value ? shown(*value) : "";
}

template <class T, class Read>
void assign(T& field, std::string_view, const Read& read) {
  field = read();
}
template <class T, class Read>
void assign(std::optional<T>& field, std::string_view text, const Read& read) {
  if (text.empty())
    field.reset();
  else
    field = read();
}

// The names of a list, as the rows of train_options.def write choices; each begins with "|".
constexpr std::string_view kOptimizers =
#define NOYAU_OPTIMIZER(name, ...) "|" #name
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
    ;
constexpr std::string_view kSchedules =
#define NOYAU_SCHEDULE(name, settings) "|" #name
#include "train/schedule/schedules.def"
#undef NOYAU_SCHEDULE
    ;

// The settings that go with one of these alone.
constexpr std::string_view kOptimizerSettings = "lr weight-decay"
#define NOYAU_OPTIMIZER(name, rate, weight_decay, eps, settings) " " settings
#include "train/optimizer/optimizers.def"
#undef NOYAU_OPTIMIZER
    ;
constexpr std::string_view kScheduleSettings = "warmup-epochs"
#define NOYAU_SCHEDULE(name, settings) " " settings
#include "train/schedule/schedules.def"
#undef NOYAU_SCHEDULE
    ;

/// Unsets those settings.
void forget(TrainOptions& options, std::string_view settings);

/// One row of train_options.def: what the user sees, and how to reach the field.
struct Option {
  OptionInfo info;
  void (*set)(TrainOptions&, const OptionInfo&, std::string_view);
  std::string (*get)(const TrainOptions&);
};

[[noreturn]] void refuse(const OptionInfo& info, std::string_view text) {
  throw Error(ErrorCode::invalid_argument, "--" + info.name, fmt::format("\"{}\"", text),
              info.range);
}

std::vector<std::string> choices_of(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find('|'), list.size());
    names.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

std::string choice_range(std::string_view list) {
  if (list.empty()) return "a name";
  return fmt::format("one of {}", fmt::join(choices_of(list), ", "));
}

std::string check_choice(const OptionInfo& info, std::string_view list, std::string_view text) {
  std::string name(text);
  const auto names = choices_of(list);
  if (name.empty()) refuse(info, text);
  if (names.empty()) return name;
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  // "mean-std" and "mean_std" are one name.
  std::replace(name.begin(), name.end(), '-', '_');
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  const std::string near = nearest_name(std::string(text), names);
  throw Error(ErrorCode::invalid_argument, "--" + info.name, fmt::format("\"{}\"", text),
              info.range, near.empty() ? "" : fmt::format("did you mean {}?", near));
}

bool check_flag(const OptionInfo& info, std::string_view text) {
  if (text != "true" && text != "false") refuse(info, text);
  return text == "true";
}

std::int64_t check_integer(const OptionInfo& info, std::string_view text, std::int64_t least,
                           std::int64_t most) {
  const auto value = api::parse_integer(text);
  if (!value || *value < least || *value > most) refuse(info, text);
  return *value;
}

double check_number(const OptionInfo& info, std::string_view text, double least, double most) {
  const auto value = api::parse_number(text);
  if (!value || *value < least || *value > most) refuse(info, text);
  return *value;
}

std::uint64_t check_unsigned(const OptionInfo& info, std::string_view text) {
  const auto value = api::parse_unsigned(text);
  if (!value) refuse(info, text);
  return *value;
}

std::string check_augment(std::string_view text) {
  if (text != "auto") parse_augmentations(text);
  return std::string(text);
}

std::string check_freeze(const OptionInfo& info, std::string_view text) {
  if (text == "none" || text == "head" || text == "auto") return std::string(text);
  return std::to_string(check_integer(info, text, 1, 1000));
}

std::string check_duration(std::string_view text) {
  api::parse_duration(text);
  return std::string(text);
}

std::string number_range(double least, double most) {
  return fmt::format("a number from {} to {}", shown(least), shown(most));
}

std::string recipe_range() {
  std::vector<std::string> names;
  for (const Recipe& recipe : recipes()) names.push_back(recipe.name);
  return fmt::format("one of {}", fmt::join(names, ", "));
}

using Kind = OptionInfo::Kind;

std::vector<Option> make_options() {
  std::vector<Option> rows;
// clang-format off
#define ROW(FIELD, NAME, KIND, RANGE, HELP, READ)                                    \
  rows.push_back({{NAME, KIND, HELP, RANGE},                                         \
                  [](TrainOptions& o, const OptionInfo& i, std::string_view t) {     \
                    assign(o.FIELD, t, [&] { return READ; });                        \
                  },                                                                 \
                  [](const TrainOptions& o) { return shown(o.FIELD); }});
#define TEXT(FIELD, NAME, CHOICES, HELP) \
  ROW(FIELD, NAME, Kind::text, choice_range(CHOICES), HELP, check_choice(i, CHOICES, t))
#define INTEGER(FIELD, NAME, LEAST, MOST, HELP)                                                   \
  ROW(FIELD, NAME, Kind::integer, fmt::format("a whole number from {} to {}", LEAST, MOST), HELP, \
      check_integer(i, t, LEAST, MOST))
#define NUMBER(FIELD, NAME, LEAST, MOST, HELP) \
  ROW(FIELD, NAME, Kind::number, number_range(LEAST, MOST), HELP, check_number(i, t, LEAST, MOST))
#define UNSIGNED(FIELD, NAME, HELP)                                                    \
  ROW(FIELD, NAME, Kind::integer, "a whole number from 0 to 18446744073709551615", HELP, \
      check_unsigned(i, t))
#define FLAG(FIELD, NAME, HELP) \
  ROW(FIELD, NAME, Kind::flag, "true or false", HELP, check_flag(i, t))
// Another choice leaves the settings of the one before behind, so it has to be set before its own.
#define KIND(FIELD, NAME, CHOICES, SETTINGS, HELP)                                  \
  rows.push_back({{NAME, Kind::text, HELP, choice_range(CHOICES)},                  \
                  [](TrainOptions& o, const OptionInfo& i, std::string_view t) {    \
                    const std::string before = o.FIELD;                             \
                    o.FIELD = check_choice(i, CHOICES, t);                          \
                    if (o.FIELD != before) forget(o, SETTINGS);                     \
                  },                                                                \
                  [](const TrainOptions& o) { return o.FIELD; }});
// Sets everything that the recipe says, so it has to be the first of several settings.
#define RECIPE(FIELD, NAME, HELP)                                                          \
  rows.push_back({{NAME, Kind::text, HELP, recipe_range()},                                \
                  [](TrainOptions& o, const OptionInfo&, std::string_view t) { apply_recipe(o, t); }, \
                  [](const TrainOptions& o) { return o.FIELD; }});
#define AUGMENT(FIELD, NAME, HELP) \
  ROW(FIELD, NAME, Kind::text, "auto, none or steps", HELP, check_augment(t))
#define DURATION(FIELD, NAME, HELP) \
  ROW(FIELD, NAME, Kind::text, "a time such as 90s, 10m or 1h30m", HELP, check_duration(t))
#define FREEZE(FIELD, NAME, HELP)                                                               \
  ROW(FIELD, NAME, Kind::text, "none, head, auto or a number of stages from 1 on", HELP, \
      check_freeze(i, t))
#define PATH(FIELD, NAME, HELP) ROW(FIELD, NAME, Kind::text, "a path", HELP, std::string(t))
// clang-format on
#include "api/train_options.def"
#undef ROW
#undef TEXT
#undef INTEGER
#undef NUMBER
#undef UNSIGNED
#undef FLAG
#undef KIND
#undef AUGMENT
#undef FREEZE
#undef DURATION
#undef PATH
#undef RECIPE
  return rows;
}

const std::vector<Option>& rows() {
  static const std::vector<Option> all = make_options();
  return all;
}

const Option& find_option(std::string_view name) {
  for (const Option& row : rows())
    if (row.info.name == name) return row;
  std::vector<std::string> names;
  for (const Option& row : rows()) names.push_back(row.info.name);
  const std::string near = nearest_name(std::string(name), names);
  throw Error(ErrorCode::invalid_argument, fmt::format("--{}", name), "unknown flag", "",
              near.empty() ? "" : fmt::format("did you mean --{}?", near));
}

void forget(TrainOptions& options, std::string_view settings) {
  while (!settings.empty()) {
    const std::size_t end = std::min(settings.find(' '), settings.size());
    if (end > 0) set_option(options, settings.substr(0, end), "");
    settings.remove_prefix(std::min(end + 1, settings.size()));
  }
}

}  // namespace

const std::vector<OptionInfo>& train_options() {
  static const std::vector<OptionInfo> infos = [] {
    std::vector<OptionInfo> list;
    for (const Option& row : rows()) list.push_back(row.info);
    return list;
  }();
  return infos;
}

void set_option(TrainOptions& options, std::string_view name, std::string_view text) {
  const Option& row = find_option(name);
  row.set(options, row.info, text);
}

std::string get_option(const TrainOptions& options, std::string_view name) {
  return find_option(name).get(options);
}

}  // namespace noyau
