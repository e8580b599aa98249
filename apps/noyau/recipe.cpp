#include <fmt/format.h>

#include <noyau/error.hpp>
#include <noyau/train.hpp>

#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {

int run_recipe(const Arguments& arguments) {
  std::string action = "list", name;
  bool json = false;
  Parser parser("recipe", "Show the recipes of noyau train: which settings each one makes.",
                "  noyau recipe\n"
                "  noyau recipe show resnet-rs\n"
                "  noyau train photos --recipe resnet-rs --epochs 30\n");
  parser.positional("ACTION", &action, "list (the default) or show", false)
      .positional("NAME", &name, "with show: a recipe", false)
      .output_flags(&json, nullptr);
  if (!parser.parse(arguments)) return 0;
  if (action != "list" && action != "show")
    throw Error(ErrorCode::invalid_argument, "noyau recipe", fmt::format("\"{}\"", action),
                "list or show");
  if (action == "show" && name.empty())
    throw Error(ErrorCode::invalid_argument, "noyau recipe show", "no NAME",
                "a recipe; noyau recipe lists them");
  if (action == "show") {
    const Recipe& recipe = find_recipe(name);
    if (json)
      out_json({{"name", recipe.name}, {"summary", recipe.summary}, {"text", recipe.text}});
    else
      out(recipe.text);
    return 0;
  }
  Json list = Json::array();
  for (const Recipe& recipe : recipes()) {
    list.push_back({{"name", recipe.name}, {"summary", recipe.summary}});
    if (!json) out(fmt::format("{:<12} {}\n", recipe.name, recipe.summary));
  }
  if (json) out_json(list, true);
  return 0;
}

}  // namespace noyau::cli
