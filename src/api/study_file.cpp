#include "api/study_file.hpp"

#include <fmt/format.h>

#include "api/numbers.hpp"
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

void read_ensemble(StudyPlan::Variant& variant, const toml::table& table,
                   const std::string& where) {
  EnsembleOptions& options = variant.together;
  for (const auto& [key, node] : table) {
    const std::string at = place(where, node.source().begin);
    const auto text = [&] {
      if (!node.is_string()) refuse(at, fmt::format("{}: wrong type", key.str()), "a text");
      return node.as_string()->get();
    };
    if (key == "rule") {
      options.rule = text();
    } else if (key == "soup") {
      options.soup = text();
    } else if (key == "tta") {
      options.tta = text();
    } else if (key == "snapshots" && node.is_boolean()) {
      options.snapshots = node.as_boolean()->get();
    } else if (key == "each" && node.is_boolean()) {
      variant.each = node.as_boolean()->get();
    } else {
      refuse_key(at, std::string(key.str()),
                 {"rule", "soup", "tta", "snapshots = true", "each = true"});
    }
  }
  try {
    check_ensemble(options);
  } catch (const Error& error) {
    refuse(place(where, table.source().begin), error.where() + " " + error.got(), error.expected());
  }
}

/// A variant that is a point of a curve is named after both.
void read_point(StudyPlan::Variant& variant, const toml::table& table, const std::string& where) {
  const std::string at = place(where, table.source().begin);
  variant.curve = text_of(table, "curve", at);
  const auto x = table["x"].value<double>();
  if (!x || !(*x > 0)) refuse(at, "no x above 0", "x = 10: where the point lies on its curve");
  variant.x = *x;
  variant.name = fmt::format("{}, {}", variant.curve, number_text(*x));
}

}  // namespace

StudyPlan read_study(const std::string& text, const std::string& where,
                     const std::vector<std::pair<std::string, std::string>>& settings) {
  const toml::table file = parse_toml(text, where);
  StudyPlan plan{.title = text_of(file, "title", where)};
  const std::string kind = text_of(file, "kind", where);
  if (kind != "chain" && kind != "alternatives" && kind != "curves")
    refuse(where, fmt::format("kind \"{}\"", kind), "chain, alternatives or curves");
  const bool curves = kind == "curves";
  if (curves) plan.x_label = text_of(file, "x", where);
  TrainOptions base;
  if (const toml::table* table = file["base"].as_table()) read_options_table(base, *table, where);
  set_all(base, settings);
  const toml::array* variants = file["variant"].as_array();
  if (variants == nullptr || variants->empty()) refuse(where, "no variants", "[[variant]] tables");
  StudyPlan::Variant variant;
  variant.options = base;
  for (const toml::node& node : *variants) {
    const toml::table* table = node.as_table();
    if (table == nullptr) refuse(where, "a variant that is no table", "[[variant]] tables");
    if (kind != "chain") {
      variant = {};
      variant.options = base;
    }
    if (curves) read_point(variant, *table, where);
    if (!curves) variant.name = text_of(*table, "name", where);
    read_options_table(variant.options, *table, where, {"name", "ensemble", "curve", "x"});
    if (const toml::node* ensemble = table->get("ensemble")) {
      if (!ensemble->is_table())
        refuse(place(where, ensemble->source().begin), "ensemble: wrong type",
               "{ rule = \"vote\" }");
      read_ensemble(variant, *ensemble->as_table(), where);
    }
    plan.variants.push_back(variant);
  }
  return plan;
}

}  // namespace noyau::api
