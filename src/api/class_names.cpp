#include "api/class_names.hpp"

#include <fmt/format.h>

#include <set>

#include "api/embedded.hpp"
#include "api/files.hpp"
#include "api/toml_text.hpp"
#include "noyau/error.hpp"

namespace noyau::api {

const std::vector<std::string>& imagenet_classes() {
  static const std::vector<std::string> names = [] {
    const EmbeddedText& file = kClassLists.front();
    const toml::table table = parse_toml(std::string(file.text), std::string(file.name));
    std::vector<std::string> list;
    for (const toml::node& name : *table["names"].as_array())
      list.push_back(name.value<std::string>().value());
    return list;
  }();
  return names;
}

std::vector<std::string> read_class_names(const std::string& path, std::int64_t count) {
  constexpr std::size_t kMost = std::size_t(64) << 20;
  const std::string text = read_file(path, kMost);
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || !seen.insert(line).second)
      throw Error(ErrorCode::invalid_argument, fmt::format("{}:{}", path, names.size() + 1),
                  line.empty() ? "an empty line" : "\"" + line + "\" for the second time",
                  "one class a line, each once");
    names.push_back(std::move(line));
    at = end + 1;
  }
  if (std::ssize(names) != count)
    throw Error(ErrorCode::invalid_argument, path, fmt::format("{} names", names.size()),
                fmt::format("one for each of the {} classes", count));
  return names;
}

}  // namespace noyau::api
