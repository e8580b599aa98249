#include "plan/binders.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace noyau::plan {

using kernels::Activation;
using kernels::Dims;
using Ints = std::vector<std::int64_t>;

Dims spatial(const Shape& shape) {
  Dims dims{1, 1, 1};
  const int spatial_rank = shape.rank() - 2;
  for (int i = 0; i < spatial_rank; ++i) dims[std::size_t(3 - spatial_rank + i)] = shape[1 + i];
  return dims;
}

Dims dims(const Node& node, std::string_view attribute, std::int64_t missing) {
  const auto& list = node.get<Ints>(attribute);
  Dims result{missing, missing, missing};
  std::copy(list.begin(), list.end(), result.end() - std::ptrdiff_t(list.size()));
  return result;
}

Dims padding(const Node& node, int side) {
  const auto& list = node.get<Ints>("padding");
  Dims result{0, 0, 0};
  const std::size_t axes = list.size() / 2;
  for (std::size_t i = 0; i < axes; ++i) result[3 - axes + i] = list[2 * i + std::size_t(side)];
  return result;
}

Activation activation_named(const Node& node, std::string_view attribute) {
  const std::string name = node.has(attribute) ? node.get<std::string>(attribute) : "none";
  return name == "relu" ? Activation::relu : name == "relu6" ? Activation::relu6 : Activation::none;
}

Activation activation(const Node& node) { return activation_named(node, "activation"); }

bool given(const Node& node, std::size_t input) {
  return node.inputs.size() > input && node.inputs[input] != kNoValue;
}

}  // namespace noyau::plan
