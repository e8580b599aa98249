#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/op_def.hpp"
#include "noyau/error.hpp"
#include "ops/ops.hpp"

/// What the op files share: errors that name the node, checks of inputs, small helpers of
/// gradients.
namespace noyau::ops {

using Ints = std::vector<std::int64_t>;
using ir::Cost;
using ir::OpDef;
using ir::OpSample;
using ir::VjpArgs;

/// "conv layer1.0.conv1".
std::string where(const Node& node);
[[noreturn]] void mismatch(const Node& node, const std::string& got, const std::string& expected);
[[noreturn]] void invalid(const Node& node, const std::string& got, const std::string& expected);

/// Whether input `i` is there: absent optional inputs are kNoValue.
bool given(const Node& node, std::size_t i);
const Shape& input_shape(const Graph& graph, const Node& node, std::size_t i);
const ValueType& input_type(const Graph& graph, const Node& node, std::size_t i);

/// The name of input `i` in the op's definition: "weight".
std::string input_name(const Node& node, std::size_t i);
/// Throws unless input `i` has that rank; `layout` explains it: "[N, H, W, C]".
void expect_rank(const Graph& graph, const Node& node, std::size_t i, int rank,
                 std::string_view layout);
/// Throws unless input `i` is [N, spatial..., C] with one to three spatial axes.
void expect_activations(const Graph& graph, const Node& node, std::size_t i);
/// Throws unless input `i` has that shape and that type.
void expect_type(const Graph& graph, const Node& node, std::size_t i, const ValueType& expected);
/// Throws unless input `i`, where given, is one number per channel, of the type of input `like`.
void expect_channels(const Graph& graph, const Node& node, std::size_t i, std::int64_t channels,
                     std::size_t like = 0);
/// Throws unless input `i` is there and a state.
void expect_state(const Graph& graph, const Node& node, std::size_t i);
/// Throws unless input `i` is f32 or f64.
void expect_real(const Graph& graph, const Node& node, std::size_t i);
/// Throws unless the attribute is one of `allowed`.
void expect_choice(const Node& node, std::string_view attribute,
                   const std::vector<std::string_view>& allowed);
/// The list attribute as a shape of `rank` extents. Throws when it is none.
Shape shape_attribute(const Node& node, std::string_view attribute, int rank);

bool has_activation(const Node& node);

/// A cost without multiply-adds: every input and output once.
Cost bytes_cost(const Graph& graph, const Node& node);

/// `append` for ops whose first output is the only one of interest.
ValueId append_one(Graph& graph, std::string_view op, std::string name, std::vector<ValueId> inputs,
                   Attributes attributes = {});
/// The cotangent of output 0 ahead of the node's own activation.
ValueId before_activation(VjpArgs& args);
/// The gradient rule of a norm with inputs "x weight? bias?" and outputs y, mean and inv_std: one
/// node of the op's "_grad".
std::vector<ValueId> statistics_norm_vjp(VjpArgs& args);
/// The node's attributes without those that its gradient ops do not know, plus the given ones.
Attributes attributes_without(const Node& node, const std::vector<std::string_view>& dropped,
                              Attributes added);
Ints to_ints(const Shape& shape);

/// Types of samples.
ValueType real(Shape shape);
ValueType integers(Shape shape);
ValueType absent();

}  // namespace noyau::ops
