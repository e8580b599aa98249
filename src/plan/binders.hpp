#pragma once

#include <string_view>

#include "plan/bind.hpp"

/// From a node of one kind of op to its binding, and what those functions share.
namespace noyau::plan {

/// The spatial extents of NHWC or NDHWC as depth, height, width.
kernels::Dims spatial(const Shape& shape);

/// An attribute list of one number per spatial axis as depth, height, width.
kernels::Dims dims(const Node& node, std::string_view attribute, std::int64_t missing);

/// The attribute "padding" lists before and after per axis: {top, bottom, left, right}. `side` 0
/// takes those before, 1 those after.
kernels::Dims padding(const Node& node, int side);

/// "none", "relu" or "relu6"; a node without the attribute has none.
kernels::Activation activation_named(const Node& node, std::string_view attribute);
kernels::Activation activation(const Node& node);
bool given(const Node& node, std::size_t input);

// bind_conv.cpp
Binding conv_forward(const Graph& graph, const Node& node);
Binding conv_grad_input(const Graph& graph, const Node& node);
Binding conv_norm(const Graph& graph, const Node& node);
Binding conv_grad_input_norm(const Graph& graph, const Node& node);
Binding conv_grad_weight(const Graph& graph, const Node& node);
/// The gradient of the input of a convolution that maps y to x.
Binding conv_transpose(const Graph& graph, const Node& node);
Binding linear_forward(const Graph& graph, const Node& node);
Binding linear_grad_input(const Graph& graph, const Node& node);
Binding linear_grad_weight(const Graph& graph, const Node& node);

// bind_norm.cpp
/// `x` is the input that is normalised.
Binding norm_of(const Graph& graph, const Node& node, std::size_t x, std::string_view family);
Binding batch_norm_forward(const Graph& graph, const Node& node);
Binding batch_norm_grad(const Graph& graph, const Node& node);
Binding batch_norm_apply(const Graph& graph, const Node& node);
/// Of the op that joins statistics, too.
Binding batch_norm_statistics(const Graph& graph, const Node& node);
Binding batch_norm_grad_input(const Graph& graph, const Node& node);
/// `x` is the input that is normalised.
Binding layer_norm(const Graph& graph, const Node& node, std::size_t x, std::string_view family);
Binding group_norm(const Graph& graph, const Node& node, std::size_t x, std::string_view family);
Binding local_response_norm(const Graph& graph, const Node& node, std::string_view family);

// bind_pool.cpp
Binding pool_forward(const Graph& graph, const Node& node, std::string_view family);
Binding pool_grad(const Graph& graph, const Node& node, std::string_view family);
Binding adaptive_pool_forward(const Graph& graph, const Node& node, std::string_view family);
Binding adaptive_pool_grad(const Graph& graph, const Node& node, std::string_view family);
Binding resize_forward(const Graph& graph, const Node& node);
Binding resize_grad(const Graph& graph, const Node& node);
/// [batch, everything between, channels].
kernels::Reduce pixels(const Graph& graph, ValueId value);
/// One window over everything is the mean over all pixels.
Binding adaptive_avg_pool(const Graph& g, const Node& n);
Binding adaptive_avg_pool_grad(const Graph& g, const Node& n);

// bind_channels.cpp
Binding sum_rows(const Graph& graph, const Node& node);
Binding flatten(const Graph& graph, const Node& node, bool gradient);
/// `scale` holds a factor for each of [outer, channels] of `x`.
Binding scale(const Graph& graph, const Node& node, ValueId x, ValueId scale,
              std::string_view family, bool gated);
/// Blocks side by side; for the slices `narrow` lies in `wide` from the attribute "begin" on.
Binding concat(const Graph& graph, const Node& node);
Binding slice_channels(const Graph& graph, const Node& node, const Shape& wide, const Shape& narrow,
                       std::string_view family);
Binding elementwise(const Graph& graph, const Node& node, std::string_view family);
Binding mul(const Graph& graph, const Node& node);
Binding unary(const Graph& graph, const Node& node, std::string_view family,
              kernels::Function function);

// bind_loss.cpp
kernels::Loss loss(const Graph& graph, const Node& node);
Binding sigmoid_cross_entropy(const Graph& graph, const Node& node, std::string_view family);
Binding cross_entropy(const Graph& graph, const Node& node, std::string_view family);

}  // namespace noyau::plan
