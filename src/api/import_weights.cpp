#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "api/class_names.hpp"
#include "api/files.hpp"
#include "api/member.hpp"
#include "api/weight_file.hpp"
#include "api/weight_store.hpp"
#include "base/sha256.hpp"
#include "base/thread_pool.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

void check_name(const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  if (name.empty() || name.size() > 100 || name.starts_with('.') || name.starts_with('-') ||
      !std::ranges::all_of(name, plain))
    throw Error(ErrorCode::invalid_argument, "--name", fmt::format("\"{}\"", name),
                "up to 100 letters, digits, \"_\", \"-\" and \".\"");
}

std::vector<float> floats(const std::vector<double>& numbers, std::int64_t channels,
                          const char* what) {
  if (std::ssize(numbers) != channels)
    throw Error(ErrorCode::invalid_argument, what, fmt::format("{} numbers", numbers.size()),
                fmt::format("one for each of {} channels", channels));
  return {numbers.begin(), numbers.end()};
}

void apply(const TrainedWith& with, api::ModelCard& card) {
  if (with.mean.empty() != with.deviation.empty())
    throw Error(ErrorCode::invalid_argument, "--mean and --std", "one of them", "both");
  if (!with.mean.empty())
    card.normalisation = {NormalisationKind::mean_std,
                          floats(with.mean, card.input.channels, "--mean"),
                          floats(with.deviation, card.input.channels, "--std")};
  card.input.interpolation = with.interpolation.value_or(card.input.interpolation);
  card.input.crop_fraction = with.crop_fraction.value_or(card.input.crop_fraction);
  card.conventions.same_padding = with.same_padding.value_or(card.conventions.same_padding);
  card.conventions.norm_eps = with.norm_eps.value_or(card.conventions.norm_eps);
}

void name_classes(const std::string& names, api::ModelCard& card) {
  const std::vector<std::string>& imagenet = api::imagenet_classes();
  const bool as_many = card.classes.size() == imagenet.size();
  if (names == "numbers" || (names == "auto" && (card.named || !as_many))) return;
  if (names == "imagenet" && !as_many)
    throw Error(ErrorCode::invalid_argument, "--class-names", "imagenet, of 1000 classes",
                fmt::format("names of the {} classes of the file", card.classes.size()));
  card.classes = names == "auto" || names == "imagenet"
                     ? imagenet
                     : api::read_class_names(names, std::int64_t(card.classes.size()));
  card.named = true;
}

void fill_origin(const std::string& path, const WeightOrigin& given, WeightOrigin& origin) {
  if (!given.source.empty()) origin.source = given.source;
  if (!given.licence.empty()) origin.licence = given.licence;
  if (origin.source.empty()) origin.source = std::filesystem::path(path).filename().string();
  if (origin.sha256.empty()) origin.sha256 = sha256_of_file(path);
}

void expect_free(const std::string& path, const std::string& name, const WeightOrigin& origin) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  const WeightOrigin there = api::read_stored(path).origin;
  if (there.sha256 == origin.sha256) return;
  throw Error(ErrorCode::invalid_argument, "--name",
              fmt::format("{} is taken by weights of {}", name, there.source), "another name",
              "--replace puts these in their place");
}

}  // namespace

StoredWeights import_weights(const std::string& path, const ImportOptions& options) {
  if (!options.name.empty()) check_name(options.name);
  const api::WeightFile file(path);
  if (file.members() > 1)
    throw Error(ErrorCode::unsupported, file.path(), "an ensemble", "a single network");
  api::ModelCard card = api::card_of(file, options.network);
  apply(options.trained_with, card);
  name_classes(options.class_names, card);
  fill_origin(file.path(), options.origin, card.origin);
  const std::string name = options.name.empty() ? card.model : options.name;
  const std::string target = api::stored_path(name);
  if (!options.replace) expect_free(target, name, card.origin);

  ThreadPool pool(1);
  const api::Member member(file, card, {}, {}, pool);
  api::make_folder(weights_folder());
  api::write_member(target, member);
  return api::read_stored(target);
}

}  // namespace noyau
