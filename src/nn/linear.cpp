#include <fmt/format.h>

#include "nn/append.hpp"

namespace noyau::nn {

ValueId linear(Builder& b, ValueId x, const std::string& name, const LinearOptions& o) {
  expect_rank(b, x, 2, "linear", name);
  if (o.out_features < 1) {
    refuse("linear", name, fmt::format("{} output features", o.out_features), "at least 1");
  }
  const std::int64_t in_features = b.channels(x);
  const ValueId weight = b.graph.add_parameter(name + ".weight", Shape{o.out_features, in_features},
                                               o.init.value_or(kTorchDefault), b.dtype);
  const ValueId bias =
      o.bias ? add_bias(b, name, o.out_features, in_features, o.bias_init) : kNoValue;
  const ValueId kept = dropout(b, weight, name + ".drop_connect", {.p = o.drop_connect});
  return append(b, "linear", name, {x, kept, bias});
}

}  // namespace noyau::nn
