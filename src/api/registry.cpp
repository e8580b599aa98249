#include "api/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "api/embedded.hpp"
#include "api/files.hpp"
#include "api/toml_text.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

const std::vector<std::string> kKeys{
    "name",  "model",   "url",      "package",       "file",         "member",
    "bytes", "sha256",  "licence",  "source",        "class_names",  "mean",
    "std",   "padding", "norm_eps", "crop_fraction", "interpolation"};

class Reader {
 public:
  Reader(const toml::table& table, const std::string& where) : table_(table), where_(where) {
    for (const auto& [key, node] : table)
      if (std::ranges::find(kKeys, key.str()) == kKeys.end())
        refuse_key(place(where, node.source().begin), std::string(key.str()), kKeys);
  }

  std::string text(const char* key, bool required = false) const {
    const auto value = table_[key].value<std::string>();
    if ((table_.contains(key) || required) && (!value || value->empty())) refuse(key, "a text");
    return value.value_or("");
  }
  std::vector<double> numbers(const char* key) const {
    std::vector<double> list;
    if (!table_.contains(key)) return list;
    const toml::array* array = table_[key].as_array();
    if (array == nullptr || array->empty()) refuse(key, "a list of numbers");
    for (const toml::node& node : *array) {
      if (!node.is_number()) refuse(key, "a list of numbers");
      list.push_back(*node.value<double>());
    }
    return list;
  }
  std::optional<double> number(const char* key, double least, double most) const {
    if (!table_.contains(key)) return {};
    const auto value = table_[key].value<double>();
    if (!value || !(*value >= least && *value <= most))
      refuse(key, fmt::format("a number from {} to {}", least, most));
    return value;
  }
  [[noreturn]] void refuse(const char* key, const std::string& expected) const {
    const toml::node* node = table_.get(key);
    throw Error(ErrorCode::invalid_argument,
                place(where_, node == nullptr ? table_.source().begin : node->source().begin),
                fmt::format("{} {}", node == nullptr ? "no" : "another", key), expected,
                "docs/weights.md shows the form");
  }

 private:
  const toml::table& table_;
  const std::string& where_;
};

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_file_name(const std::string& text) {
  return !text.empty() && !text.starts_with('.') && text.find('/') == std::string::npos;
}

RegistryEntry entry_of(const toml::table& table, const std::string& where) {
  const Reader read(table, where);
  RegistryEntry entry{.name = read.text("name", true),
                      .model = read.text("model", true),
                      .url = read.text("url"),
                      .package = read.text("package"),
                      .file = read.text("file"),
                      .member = read.text("member"),
                      .sha256 = read.text("sha256", true),
                      .licence = read.text("licence", true),
                      .source = read.text("source", true)};
  if (entry.file.empty()) entry.file = entry.url.substr(entry.url.rfind('/') + 1);
  if (!is_file_name(entry.file)) read.refuse("file", "a file name, or a url that ends with one");
  if (!is_sha256(entry.sha256)) read.refuse("sha256", "64 hexadecimal digits, lower case");
  constexpr double kMostBytes = 1e11;
  entry.bytes = std::int64_t(read.number("bytes", 1, kMostBytes).value_or(0));
  if (table.contains("class_names")) entry.class_names = read.text("class_names");
  TrainedWith& with = entry.trained_with;
  with.mean = read.numbers("mean");
  with.deviation = read.numbers("std");
  with.norm_eps = read.number("norm_eps", 1e-12, 1);
  with.crop_fraction = read.number("crop_fraction", 0.05, 1);
  if (table.contains("interpolation"))
    with.interpolation = parse_interpolation(read.text("interpolation"));
  if (const std::string padding = read.text("padding"); !padding.empty()) {
    if (padding != "same" && padding != "symmetric") read.refuse("padding", "same or symmetric");
    with.same_padding = padding == "same";
  }
  return entry;
}

}  // namespace

std::vector<RegistryEntry> parse_registry(const std::string& text, const std::string& where) {
  const toml::table table = parse_toml(text, where);
  std::vector<RegistryEntry> entries;
  for (const auto& [key, node] : table) {
    const std::string at = place(where, node.source().begin);
    if (key != "weights") refuse_key(at, std::string(key.str()), {"weights"});
    if (!node.is_array_of_tables())
      throw Error(ErrorCode::invalid_argument, at, "weights that are no tables", "[[weights]]");
    for (const toml::node& row : *node.as_array())
      entries.push_back(entry_of(*row.as_table(), where));
  }
  return entries;
}

std::vector<RegistryEntry> read_registry() {
  const EmbeddedText& own = kRegistry.front();
  std::vector<RegistryEntry> all = parse_registry(std::string(own.text), "registry");
  const char* path = std::getenv("NOYAU_REGISTRY");
  if (path == nullptr || *path == '\0') return all;
  constexpr std::size_t kMostText = std::size_t(16) << 20;
  for (RegistryEntry& entry : parse_registry(read_file(path, kMostText), path)) {
    const auto there = std::ranges::find(all, entry.name, &RegistryEntry::name);
    if (there == all.end())
      all.push_back(std::move(entry));
    else
      *there = std::move(entry);
  }
  return all;
}

}  // namespace noyau::api
