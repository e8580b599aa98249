#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "api/args_file.hpp"
#include "api/files.hpp"
#include "api/numbers.hpp"
#include "api/run_folder.hpp"
#include "api/toml_text.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau {
namespace {

using api::place;

using Kind = OptionInfo::Kind;
constexpr std::size_t kLargest = 1 << 20;

/// The value as the text that a flag would carry; empty where it is of another type.
std::string flag_text(const toml::node& node, Kind kind) {
  if (const auto* value = node.as_string(); value && kind == Kind::text) return value->get();
  if (const auto* value = node.as_boolean(); value && kind == Kind::flag)
    return value->get() ? "true" : "false";
  if (const auto* value = node.as_integer(); value && kind != Kind::text && kind != Kind::flag)
    return std::to_string(value->get());
  if (const auto* value = node.as_floating_point(); value && kind == Kind::number)
    return api::number_text(value->get());
  // Seeds beyond 2^63 do not fit TOML's integers and are written as text.
  if (const auto* value = node.as_string(); value && kind == Kind::integer) return value->get();
  return {};
}

const OptionInfo* find_info(std::string_view name) {
  for (const OptionInfo& info : train_options())
    if (info.name == name) return &info;
  return nullptr;
}

[[noreturn]] void refuse_option(const std::string& where, const std::string& key) {
  std::vector<std::string> names{"data"};
  for (const OptionInfo& info : train_options()) names.push_back(info.name);
  api::refuse_key(where, key, names);
}

void apply(TrainOptions& options, const std::string& path, const std::string& key,
           const toml::node& node) {
  const std::string where = place(path, node.source().begin);
  if (key == "data" && node.is_string()) {
    options.data = node.as_string()->get();
    return;
  }
  const OptionInfo* info = find_info(key);
  if (info == nullptr) refuse_option(where, key);
  const std::string text = flag_text(node, info->kind);
  if (text.empty() && !(info->kind == Kind::text && node.is_string()))
    throw Error(ErrorCode::invalid_argument, where, fmt::format("{}: wrong type", key),
                info->range);
  try {
    set_option(options, key, text);
  } catch (const Error& error) {
    throw Error(error.code(), where, fmt::format("{}: {}", key, error.got()), error.expected(),
                error.hint());
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20 || byte == 0x7F)
      out += fmt::format("\\u{:04X}", byte);
    else
      out += c;
  }
  return out + "\"";
}

std::string toml_value(const OptionInfo& info, const std::string& text) {
  if (info.kind == Kind::text) return quoted(text);
  if (info.kind == Kind::integer && !api::parse_integer(text)) return quoted(text);
  // TOML wants digits on both sides of an exponent's base: 1e-05 is fine, and so is 20.0.
  return text;
}

}  // namespace

void read_options(TrainOptions& options, const std::string& path) {
  api::read_options_text(options, api::read_file(path, kLargest), path);
}

namespace api {

std::string place(const std::string& path, const toml::source_position& at) {
  return fmt::format("{}:{}:{}", path, at.line, at.column);
}

toml::table parse_toml(const std::string& text, const std::string& path) {
  try {
    return toml::parse(std::string_view(text), path);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::invalid_argument, place(path, error.source().begin),
                std::string(error.description()), "lines of the form key = value");
  }
}

void refuse_key(const std::string& where, const std::string& key,
                const std::vector<std::string>& names) {
  const std::string near = nearest_name(key, names);
  throw Error(ErrorCode::invalid_argument, where, fmt::format("unknown key \"{}\"", key), "",
              near.empty() ? "" : fmt::format("did you mean {}?", near));
}

void read_options_table(TrainOptions& options, const toml::table& table, const std::string& where,
                        std::initializer_list<std::string_view> without) {
  for (const auto& [key, node] : table)
    if (std::ranges::find(without, key.str()) == without.end() && key != "data" &&
        find_info(key.str()) == nullptr)
      refuse_option(place(where, node.source().begin), std::string(key.str()));
  if (const toml::node* data = table.get("data")) apply(options, where, "data", *data);
  // A recipe, an optimizer or a schedule makes room for settings of its own, which come after it.
  for (const OptionInfo& info : train_options())
    if (const toml::node* node = table.get(info.name)) apply(options, where, info.name, *node);
}

void read_options_text(TrainOptions& options, const std::string& text, const std::string& where) {
  read_options_table(options, parse_toml(text, where), where);
}

std::string args_text(const TrainOptions& options) {
  // Every line of the recipe is below; a key of its own would bring back those that are unset.
  std::string text = fmt::format(
      "# Every setting of this run (recipe {}). Repeat it: noyau train --config args.toml\n",
      options.recipe);
  text += fmt::format("data = {}\n", quoted(options.data));
  for (const OptionInfo& info : train_options()) {
    const std::string value = get_option(options, info.name);
    if (value.empty() || info.name == "recipe") continue;  // nothing reads it
    text += fmt::format("{} = {}\n", info.name, toml_value(info, value));
  }
  return text;
}

}  // namespace api
}  // namespace noyau
