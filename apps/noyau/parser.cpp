#include "parser.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <noyau/error.hpp>
#include <noyau/run.hpp>
#include <optional>

#include "output.hpp"

namespace noyau::cli {
namespace {

template <class T>
std::optional<T> parse_all(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(const std::string& flag, const std::string& text,
                         const std::string& range) {
  throw Error(ErrorCode::invalid_argument, flag, fmt::format("\"{}\"", text), range);
}

/// CLI11 writes the values of a pair of flags into their names: "--nesterov{true}".
class PlainNames : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    const std::string name = CLI::Formatter::make_option_name(option, positional);
    std::string plain;
    bool inside = false;
    for (const char c : name) {
      inside = (inside || c == '{') && c != '}';
      if (!inside && c != '}') plain += c;
    }
    return plain;
  }
};

}  // namespace

Parser::Parser(const std::string& verb, const std::string& summary, const std::string& examples)
    : verb_(verb), app_(std::make_unique<CLI::App>(summary, "noyau " + verb)) {
  app_->footer("examples:\n" + examples);
  auto formatter = std::make_shared<PlainNames>();
  formatter->column_width(34);
  app_->formatter(formatter);
}

Parser::~Parser() = default;

Parser& Parser::positional(const std::string& name, std::string* value, const std::string& help,
                           bool required) {
  app_->add_option(name, *value, help)->required(required);
  return *this;
}

Parser& Parser::positionals(const std::string& name, std::vector<std::string>* values,
                            const std::string& help) {
  app_->add_option(name, *values, help)->required();
  return *this;
}

Parser& Parser::flag(const std::string& name, bool* value, const std::string& help) {
  app_->add_flag(name, *value, help);
  return *this;
}

Parser& Parser::on_off(const std::string& name, std::string* value, const std::string& help) {
  app_->add_flag(fmt::format("--{0}{{true}},--no-{0}{{false}}", name), *value, help);
  return *this;
}

Parser& Parser::text(const std::string& name, std::string* value, const std::string& help,
                     const std::string& type) {
  app_->add_option(name, *value, help)->type_name(type)->take_last();
  return *this;
}

Parser& Parser::integer(const std::string& name, std::int64_t* value, std::int64_t least,
                        std::int64_t most, const std::string& help) {
  const auto read = [=](const std::string& text) {
    const auto number = parse_all<std::int64_t>(text);
    if (!number || *number < least || *number > most)
      refuse(name, text, fmt::format("a whole number from {} to {}", least, most));
    *value = *number;
  };
  app_->add_option_function<std::string>(name, read, help)->type_name("INT")->take_last();
  return *this;
}

Parser& Parser::number(const std::string& name, double* value, double least, double most,
                       const std::string& help) {
  const auto read = [=](const std::string& text) {
    const auto number = parse_all<double>(text);
    if (!number || !std::isfinite(*number) || *number < least || *number > most)
      refuse(name, text, fmt::format("a number from {} to {}", least, most));
    *value = *number;
  };
  app_->add_option_function<std::string>(name, read, help)->type_name("NUMBER")->take_last();
  return *this;
}

Parser& Parser::output_flags(bool* json, bool* quiet) {
  flag("--json", json, "print JSON");
  if (quiet != nullptr) flag("--quiet", quiet, "print errors and warnings only");
  return *this;
}

void Parser::check_names(const Arguments& arguments) const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  for (const std::string& argument : arguments) {
    if (argument == "--") return;
    if (!argument.starts_with("--")) continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = nearest_name(name, names);
    throw Error(ErrorCode::invalid_argument, name, "unknown flag", "",
                near.empty() ? fmt::format("noyau {} --help lists the flags", verb_)
                             : fmt::format("did you mean {}?", near));
  }
}

bool Parser::parse(const Arguments& arguments) {
  const auto is_help = [](const std::string& a) { return a == "--help" || a == "-h"; };
  if (std::any_of(arguments.begin(), arguments.end(), is_help)) {
    out(app_->help());
    return false;
  }
  check_names(arguments);
  try {
    app_->parse(Arguments(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorCode::invalid_argument, "noyau " + verb_, error.what(), "",
                fmt::format("noyau {} --help shows how it is used", verb_));
  }
  return true;
}

}  // namespace noyau::cli
