#include <fmt/format.h>

#include "nn/append.hpp"

namespace noyau::nn {

ValueId relu(Builder& b, ValueId x, const std::string& name) {
  return append(b, "relu", name, {x});
}

ValueId add(Builder& b, ValueId x, ValueId y, const std::string& name) {
  return append(b, "add", name, {x, y});
}

ValueId flatten(Builder& b, ValueId x, const std::string& name) {
  return append(b, "flatten", name, {x});
}

ValueId dropout(Builder& b, ValueId x, const std::string& name, const DropoutOptions& o) {
  if (!(o.p >= 0 && o.p < 1)) {
    refuse("dropout", name, fmt::format("a probability to drop of {}", o.p), "0 <= p < 1");
  }
  if (!b.training || o.p == 0) return x;
  return append(b, "dropout", name, {x}, {{"p", o.p}});
}

}  // namespace noyau::nn
