#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/args_file.hpp"
#include "api/embedded.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "noyau/train.hpp"

namespace noyau {

std::string api::summary_of(const EmbeddedText& file) {
  return std::string(file.text.substr(2, file.text.find('\n') - 2));
}

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> all = [] {
    std::vector<Recipe> list;
    for (const api::EmbeddedText& file : api::kRecipes)
      list.push_back({std::string(file.name), api::summary_of(file), std::string(file.text)});
    return list;
  }();
  return all;
}

const Recipe& find_recipe(std::string_view name) {
  std::vector<std::string> names;
  for (const Recipe& recipe : recipes()) {
    if (recipe.name == name) return recipe;
    names.push_back(recipe.name);
  }
  const std::string near = nearest_name(std::string(name), names);
  throw Error(ErrorCode::invalid_argument, "--recipe", fmt::format("\"{}\"", name),
              fmt::format("one of {}", fmt::join(names, ", ")),
              near.empty() ? "noyau recipe lists them" : fmt::format("did you mean {}?", near));
}

void apply_recipe(TrainOptions& options, std::string_view name) {
  const Recipe& recipe = find_recipe(name);
  api::read_options_text(options, recipe.text, "recipe " + recipe.name);
  options.recipe = recipe.name;
}

}  // namespace noyau
