#pragma once

#include "ops/window.hpp"

namespace noyau::ops {

/// "kernel_size", "stride", "padding", "ceil_mode" and the op's own attributes.
std::vector<ir::AttributeDef> pool_attributes(std::vector<ir::AttributeDef> own, bool dilated);
/// An absent stride is the kernel's size.
void complete_pool(const Graph& graph, Node& node);
/// The shape of y for x. Throws when the window does not fit.
Shape pool_shape(const Node& node, const Shape& x);

}  // namespace noyau::ops
