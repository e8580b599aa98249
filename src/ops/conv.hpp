#pragma once

#include <vector>

#include "ops/detail.hpp"

/// What the convolution ops share.
namespace noyau::ops {

/// The attributes of every convolution and the op's own.
std::vector<ir::AttributeDef> conv_attributes(std::vector<ir::AttributeDef> own);

/// Checks that x and weight fit; returns the shape of y.
Shape conv_output_shape(const Node& node, const Shape& x, const Shape& weight);

/// Checks x, weight, bias and residual (inputs 0 to 3) of a forward pass; returns the type of y.
ValueType infer_conv(const Graph& graph, const Node& node);

/// The same of dy, weight, bias and residual of a gradient of the input; returns the type of dx.
ValueType infer_conv_grad_input(const Graph& graph, const Node& node);

/// All three passes multiply each weight with each output position of each picture.
Cost conv_cost(const Graph& graph, const Node& node, const Shape& weight, const Shape& y);

}  // namespace noyau::ops
