#include <fmt/format.h>

#include <noyau/model.hpp>

#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

Json json_of(const ZooEntry& entry) {
  return {{"name", entry.name},      {"family", entry.family},         {"summary", entry.summary},
          {"paper", entry.paper},    {"parameters", entry.parameters}, {"macs", entry.macs},
          {"height", entry.height},  {"width", entry.width},           {"channels", entry.channels},
          {"classes", entry.classes}};
}

}  // namespace

int run_zoo(const Arguments& arguments) {
  bool json = false;
  Parser parser("zoo", "List the architectures, with parameters and MACs at their usual input.",
                "  noyau zoo\n  noyau zoo --json\n  noyau train photos --model cifar_resnet20\n");
  parser.output_flags(&json, nullptr);
  if (!parser.parse(arguments)) return 0;
  if (json) {
    Json list = Json::array();
    for (const ZooEntry& entry : zoo_models()) list.push_back(json_of(entry));
    out_json(list, true);
    return 0;
  }
  out(fmt::format("{:<23} {:>11} {:>14}  {:<10} {}\n", "name", "parameters", "MACs", "input",
                  "what it is"));
  for (const ZooEntry& entry : zoo_models())
    out(fmt::format("{:<23} {:>11} {:>14}  {:<10} {}\n", entry.name, grouped(entry.parameters),
                    grouped(entry.macs),
                    fmt::format("{}x{}x{}", entry.height, entry.width, entry.channels),
                    entry.summary));
  return 0;
}

}  // namespace noyau::cli
