#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"

namespace CLI {
class App;
}

namespace noyau::cli {

/// The flags of one verb: CLI11 with strict numbers, one error style and nearest-name suggestions.
class Parser {
 public:
  /// `examples` is shown below the flags, one a line.
  Parser(const std::string& verb, const std::string& summary, const std::string& examples);
  ~Parser();

  Parser& positional(const std::string& name, std::string* value, const std::string& help,
                     bool required = true);
  Parser& positionals(const std::string& name, std::vector<std::string>* values,
                      const std::string& help);
  Parser& flag(const std::string& name, bool* value, const std::string& help);
  /// --name sets `value` to "true", --no-name to "false".
  Parser& on_off(const std::string& name, std::string* value, const std::string& help);
  /// `type` is shown in the help: "PATH".
  Parser& text(const std::string& name, std::string* value, const std::string& help,
               const std::string& type = "TEXT");
  Parser& integer(const std::string& name, std::int64_t* value, std::int64_t least,
                  std::int64_t most, const std::string& help);
  Parser& number(const std::string& name, double* value, double least, double most,
                 const std::string& help);
  /// --json and --quiet.
  Parser& output_flags(bool* json, bool* quiet);

  /// False when only help was asked for (it is printed then). Throws Error(invalid_argument).
  bool parse(const Arguments& arguments);

 private:
  void check_names(const Arguments& arguments) const;

  std::string verb_;
  std::unique_ptr<CLI::App> app_;
};

}  // namespace noyau::cli
