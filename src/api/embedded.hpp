#pragma once

#include <span>
#include <string>
#include <string_view>

namespace noyau::api {

/// A text file that is built into the binary; see cmake/EmbedAssets.cmake.
struct EmbeddedText {
  std::string_view name, text;
};

/// The first line of such a text, a comment that says what it is for.
std::string summary_of(const EmbeddedText& file);

/// recipes/NAME.toml: settings of training runs.
extern const std::span<const EmbeddedText> kRecipes;
/// studies/NAME.toml: comparisons of ways to train.
extern const std::span<const EmbeddedText> kStudies;
/// classes/NAME.toml: names of the classes of published weights.
extern const std::span<const EmbeddedText> kClassLists;
/// registry/NAME.toml: published weights.
extern const std::span<const EmbeddedText> kRegistry;

}  // namespace noyau::api
