#include "ops/pool.hpp"

#include <utility>

namespace noyau::ops {

std::vector<ir::AttributeDef> pool_attributes(std::vector<ir::AttributeDef> own, bool dilated) {
  own.push_back({.name = "kernel_size", .fallback = Ints{}, .required = true, .per_axis = 1});
  own.push_back({.name = "ceil_mode", .fallback = false});
  for (auto& a : window_attributes(dilated)) own.push_back(std::move(a));
  for (auto& a : own)
    if (std::string_view(a.name) == "stride") a.fallback = Ints{};
  return own;
}

void complete_pool(const Graph&, Node& node) {
  if (node.get<Ints>("stride").empty())
    node.attributes.insert_or_assign("stride", node.get<Ints>("kernel_size"));
}

Shape pool_shape(const Node& node, const Shape& x) {
  const auto& kernel = node.get<Ints>("kernel_size");
  if (int(kernel.size()) != x.rank() - 2)
    invalid(node, "kernel_size of " + std::to_string(kernel.size()) + " numbers",
            std::to_string(x.rank() - 2) + " numbers");
  const Window w = window(node, kernel);
  expect_pool_padding(node, w);
  return activation_shape(x[0], slide(node, w, x), x[-1]);
}

}  // namespace noyau::ops
