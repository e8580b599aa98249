#include "data/augment/kind.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/nearest_names.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace data {
namespace {

std::vector<Kind> make_kinds() {
  std::vector<Kind> list;
#define AUGMENTATION(function) list.push_back(augmentations::function());
#include "data/augment/augmentations.def"
#undef AUGMENTATION
  return list;
}

std::string where(const Augmentation& step) { return to_string(std::vector{step}); }

const Kind& find(const Augmentation& step) {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) {
    if (kind.info.name == step.kind) return kind;
    names.push_back(kind.info.name);
  }
  const auto near = nearest_names(step.kind, names);
  throw Error(ErrorCode::invalid_argument, "augmentation",
              fmt::format("unknown name \"{}\"", step.kind),
              fmt::format("one of {}", fmt::join(names, ", ")),
              near.empty() ? "" : fmt::format("did you mean {}?", near.front()));
}

void check_count(const Augmentation& step, const Kind& kind) {
  const std::size_t most = kind.info.arguments.size();
  if (step.arguments.size() <= most) return;
  throw Error(ErrorCode::invalid_argument, where(step),
              fmt::format("{} arguments", step.arguments.size()), fmt::format("at most {}", most));
}

void check_argument(const Augmentation& step, const AugmentationArgument& argument, double value,
                    double least) {
  const bool whole = !argument.whole || value == std::floor(value);
  if (value >= least && value <= argument.most && whole) return;
  throw Error(ErrorCode::invalid_argument, where(step), fmt::format("{} {}", argument.name, value),
              fmt::format("{} from {} to {}", argument.whole ? "a whole number" : "a number", least,
                          argument.most));
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> list = make_kinds();
  return list;
}

Step resolve(const Augmentation& augmentation) {
  const Kind& kind = find(augmentation);
  check_count(augmentation, kind);
  Step step{&kind, augmentation.arguments};
  for (std::size_t i = 0; i < kind.info.arguments.size(); ++i) {
    const AugmentationArgument& argument = kind.info.arguments[i];
    if (i == step.arguments.size()) {
      // A range that begins above the default end of it shrinks to a point.
      const bool above = argument.ends_range && step.arguments.back() > argument.value;
      step.arguments.push_back(above ? step.arguments.back() : argument.value);
      continue;
    }
    const double least = argument.ends_range ? step.arguments[i - 1] : argument.least;
    check_argument(augmentation, argument, step.arguments[i], least);
  }
  return step;
}

}  // namespace data

const std::vector<AugmentationKind>& augmentation_kinds() {
  static const std::vector<AugmentationKind> list = [] {
    std::vector<AugmentationKind> infos;
    for (const data::Kind& kind : data::kinds()) infos.push_back(kind.info);
    return infos;
  }();
  return list;
}

}  // namespace noyau
