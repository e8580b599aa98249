#include "api/study_file.hpp"

#include <fmt/format.h>

#include "api/toml_text.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& got,
                         const std::string& good) {
  throw Error(ErrorCode::invalid_argument, where, got, good, "docs/studies.md shows the form");
}

std::string text_of(const toml::table& table, const char* key, const std::string& where) {
  const auto value = table[key].value<std::string>();
  if (!value || value->empty()) refuse(where, fmt::format("no {}", key), "a text");
  return *value;
}

void set_all(TrainOptions& options,
             const std::vector<std::pair<std::string, std::string>>& settings) {
  for (const auto& [name, text] : settings) set_option(options, name, text);
}

}  // namespace

StudyPlan read_study(const std::string& text, const std::string& where,
                     const std::vector<std::pair<std::string, std::string>>& settings) {
  const toml::table file = parse_toml(text, where);
  StudyPlan plan{text_of(file, "title", where), {}};
  const std::string kind = text_of(file, "kind", where);
  if (kind != "chain" && kind != "alternatives")
    refuse(where, fmt::format("kind \"{}\"", kind), "chain or alternatives");
  TrainOptions base;
  if (const toml::table* table = file["base"].as_table()) read_options_table(base, *table, where);
  set_all(base, settings);
  const toml::array* variants = file["variant"].as_array();
  if (variants == nullptr || variants->empty()) refuse(where, "no variants", "[[variant]] tables");
  TrainOptions options = base;
  for (const toml::node& node : *variants) {
    const toml::table* table = node.as_table();
    if (table == nullptr) refuse(where, "a variant that is no table", "[[variant]] tables");
    if (kind == "alternatives") options = base;
    read_options_table(options, *table, where, "name");
    plan.variants.push_back({text_of(*table, "name", where), options});
  }
  return plan;
}

}  // namespace noyau::api
