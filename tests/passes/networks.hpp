#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/graph.hpp"
#include "ops/ops.hpp"

/// Small networks that the tests of passes rewrite, and ways to look at the result.
namespace noyau::passes {

inline ValueId conv(Graph& g, const std::string& name, ValueId x, std::int64_t out) {
  const ValueId w = g.add_parameter(name + ".weight", {out, g.shape(x)[-1], 3, 3},
                                    {Init::Kind::kaiming_normal, 1.0, 0});
  return ops::append(g, "conv", name, {x, w}, {{"padding", 1}})[0];
}

inline ValueId norm(Graph& g, const std::string& name, ValueId x, bool training) {
  const Shape c{g.shape(x)[-1]};
  const ValueId w = g.add_parameter(name + ".weight", c, {Init::Kind::constant, 1.0, 0});
  const ValueId b = g.add_parameter(name + ".bias", c, {Init::Kind::constant, 0.0, 0});
  const ValueId m = g.add_state(name + ".running_mean", c, {Init::Kind::constant, 0.0, 0});
  const ValueId v = g.add_state(name + ".running_var", c, {Init::Kind::constant, 1.0, 0});
  return ops::append(g, "batch_norm", name, {x, w, b, m, v}, {{"training", training}})[0];
}

inline ValueId relu(Graph& g, const std::string& name, ValueId x) {
  return ops::append(g, "relu", name, {x})[0];
}

inline ValueId add(Graph& g, const std::string& name, ValueId a, ValueId b) {
  return ops::append(g, "add", name, {a, b})[0];
}

/// Global average pooling, a linear layer and the loss, as outputs "logits" and "loss".
inline void head(Graph& g, ValueId x) {
  const ValueId pooled = ops::append(g, "global_avg_pool", "pool", {x})[0];
  const ValueId w = g.add_parameter("fc.weight", {3, g.shape(x)[-1]}, {});
  const ValueId b = g.add_parameter("fc.bias", {3}, {});
  const ValueId logits = ops::append(g, "linear", "fc", {pooled, w, b})[0];
  const ValueId target = g.add_input("target", {DType::i32, {g.shape(x)[0]}});
  g.set_output("logits", logits);
  g.set_output("loss", ops::append(g, "softmax_cross_entropy", "loss", {logits, target})[0]);
}

/// A stem and two residual blocks: one with an identity shortcut, one with a projection.
inline Graph residual_network(bool training) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 3}});
  ValueId y = relu(g, "relu1", norm(g, "bn1", conv(g, "conv1", x, 4), training));
  for (const std::int64_t width : {4, 6}) {
    const std::string block = width == 4 ? "a." : "b.";
    ValueId z = relu(g, block + "relu1",
                     norm(g, block + "bn1", conv(g, block + "conv1", y, width), training));
    z = norm(g, block + "bn2", conv(g, block + "conv2", z, width), training);
    if (width != g.shape(y)[-1])
      y = norm(g, block + "down.1", conv(g, block + "down.0", y, width), training);
    y = relu(g, block + "relu2", add(g, block + "add", z, y));
  }
  head(g, y);
  return g;
}

/// A dense block: each layer reads all before it.
inline Graph dense_network() {
  Graph g;
  ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 16}});
  x = conv(g, "stem", x, 16);
  for (const char* name : {"a", "b", "c"}) {
    const std::string layer = name;
    const ValueId y = conv(g, layer + ".conv", norm(g, layer + ".bn", x, true), 16);
    x = ops::append(g, "concat", layer + ".concat", {x, y})[0];
  }
  head(g, norm(g, "bn", x, true));
  return g;
}

/// The product of x with a gate made of its means.
inline ValueId squeeze(Graph& g, const std::string& name, ValueId x) {
  const ValueId mean =
      ops::append(g, "adaptive_avg_pool", name + ".pool", {x}, {{"output_size", 1}})[0];
  const ValueId w = g.add_parameter(name + ".weight", {g.shape(x)[-1], g.shape(x)[-1], 1, 1}, {});
  const ValueId logits = ops::append(g, "conv", name + ".conv", {mean, w})[0];
  const ValueId gate = ops::append(g, "sigmoid", name + ".gate", {logits})[0];
  return ops::append(g, "mul", name + ".mul", {x, gate})[0];
}

/// A stem and two residual blocks with squeeze and excitation: an identity shortcut, a projection.
inline Graph squeeze_network() {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 3}});
  ValueId y = relu(g, "relu1", norm(g, "bn1", conv(g, "conv1", x, 4), true));
  for (const std::int64_t width : {4, 6}) {
    const std::string block = width == 4 ? "a" : "b";
    ValueId z = norm(g, block + ".bn", conv(g, block + ".conv1", y, width), true);
    z = squeeze(g, block, z);
    if (width != g.shape(y)[-1])
      y = norm(g, block + ".down", conv(g, block + ".conv2", y, width), true);
    y = relu(g, block + ".relu", add(g, block + ".add", z, y));
  }
  head(g, y);
  return g;
}

inline std::ptrdiff_t count(const Graph& g, std::string_view op) {
  return std::count_if(g.nodes().begin(), g.nodes().end(),
                       [&](const Node& node) { return node.op == op; });
}

/// The node of that name; fails the program when there is none.
inline const Node& node_named(const Graph& g, std::string_view name) {
  return *std::find_if(g.nodes().begin(), g.nodes().end(),
                       [&](const Node& node) { return node.name == name; });
}

/// The op of the node that computes `v`, "" when none does.
inline std::string producer_op(const Graph& g, ValueId v) {
  const std::int32_t producer = g.value(v).producer;
  return producer < 0 ? "" : g.nodes()[std::size_t(producer)].op;
}

}  // namespace noyau::passes
