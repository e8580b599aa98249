#include <fmt/format.h>

#include "nn/append.hpp"

namespace noyau::nn {
namespace {

ValueId drop(Builder& b, ValueId x, const std::string& name, double p, bool per_image) {
  if (!(p >= 0 && p < 1)) {
    refuse("dropout", name, fmt::format("a probability to drop of {}", p), "0 <= p < 1");
  }
  if (!b.training || !b.drop || p == 0) return x;
  return append(b, "dropout", name, {x}, {{"p", p}, {"per_image", per_image}});
}

}  // namespace

ValueId dropout(Builder& b, ValueId x, const std::string& name, const DropoutOptions& o) {
  return drop(b, x, name, o.p, false);
}

ValueId drop_path(Builder& b, ValueId x, const std::string& name, const DropPathOptions& o) {
  return drop(b, x, name, o.p, true);
}

}  // namespace noyau::nn
