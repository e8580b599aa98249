#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "noyau/error.hpp"
#include "passes/networks.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

TEST(Autodiff, GivesEveryParameterAGradientOfItsShape) {
  const Graph forward = residual_network(true);
  const Graph g = autodiff(forward);
  EXPECT_NO_THROW(ops::check(g));
  std::size_t parameters = 0;
  for (const Value& value : g.values()) {
    if (value.kind != ValueKind::parameter) continue;
    ++parameters;
    const ValueId gradient = g.output("grad:" + value.name);
    ASSERT_NE(gradient, kNoValue) << value.name;
    EXPECT_EQ(g.type(gradient), value.type) << value.name;
  }
  EXPECT_EQ(g.outputs().size(), forward.outputs().size() + parameters);
  EXPECT_EQ(print(g).find(print(forward).substr(0, 200)), 0u) << "the forward part stays";
}

TEST(Autodiff, ComputesNothingForThePicture) {
  const Graph g = autodiff(residual_network(true));
  EXPECT_EQ(count(g, "conv_grad_weight"), count(g, "conv"));
  EXPECT_EQ(count(g, "conv_grad_input"), count(g, "conv") - 1);
}

TEST(Autodiff, AddsCotangentsOfValuesReadTwice) {
  // Each block's input is read by its first convolution and by its shortcut.
  EXPECT_EQ(count(autodiff(residual_network(true)), "add"), 2 + 2);
  Graph g;
  const ValueId x = g.add_parameter("x", {1, 3}, {});
  g.set_output("loss", add(g, "double", x, x));
  const Graph twice = autodiff(g);
  const Node& sum = twice.nodes()[std::size_t(twice.value(twice.output("grad:x")).producer)];
  EXPECT_EQ(sum.op, "add");
  EXPECT_EQ(sum.inputs[0], sum.inputs[1]);
}

TEST(Autodiff, DifferentiatesWithRespectToNamedValues) {
  const Graph g = autodiff(residual_network(true), "loss", {"a.relu2", "x"});
  EXPECT_EQ(g.outputs().size(), 2u + 2u);
  EXPECT_EQ(g.type(g.output("grad:a.relu2")), g.type(g.find("a.relu2")));
  EXPECT_EQ(g.type(g.output("grad:x")), g.type(g.find("x")));
  EXPECT_EQ(count(g, "conv_grad_weight"), 0);
  const Graph top = autodiff(residual_network(true), "loss", {"b.relu2"});
  EXPECT_EQ(count(top, "conv_grad_input"), 0) << "nothing below the named value";
}

TEST(Autodiff, TakesItsCotangentFromAnInput) {
  const Graph g = autodiff(residual_network(false), "logits", {"x"}, "dlogits");
  EXPECT_EQ(g.value(g.find("dlogits")).kind, ValueKind::input);
  EXPECT_EQ(g.type(g.find("dlogits")), g.type(g.output("logits")));
  EXPECT_EQ(count(g, "constant"), 0);
  EXPECT_EQ(count(g, "softmax_cross_entropy_grad"), 0);
}

TEST(Autodiff, SeedsWithOnesOfTheLossType) {
  Graph g;
  const ValueId x = g.add_parameter("x", {2, 3}, {}, DType::f64);
  g.set_output("loss", relu(g, "r", x));
  const Graph training = autodiff(g);
  const Node& one = node_named(training, "one:loss");
  EXPECT_EQ(one.get<double>("value"), 1.0);
  EXPECT_EQ(training.type(one.outputs[0]), (ValueType{DType::f64, {2, 3}}));
}

TEST(Autodiff, WorksOnFusedGraphsAsWell) {
  const Graph g = autodiff(fuse(residual_network(true)));
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(count(g, "relu_grad"), 0) << "batch_norm_grad masks by itself";
  EXPECT_EQ(node_named(g, "a.bn2.grad").outputs.size(), 4u);
}

void expect_error(const std::function<void()>& action, ErrorCode code, const std::string& text) {
  try {
    action();
    ADD_FAILURE() << "accepted, but expected: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
  }
}

TEST(Autodiff, SaysWhyThereIsNoGradient) {
  using enum ErrorCode;
  expect_error([] { autodiff(residual_network(true), "cost"); }, invalid_argument,
               "no output cost");
  expect_error([] { autodiff(residual_network(true), "loss", {"y"}); }, invalid_argument,
               "no value y");
  expect_error([] { autodiff(residual_network(true), "logits", {"target"}); }, invalid_argument,
               "target: no gradient");
  expect_error([] { autodiff(residual_network(true), "loss", {"target"}); }, unsupported,
               "softmax_cross_entropy loss");
  Graph g;
  const ValueId x = g.add_parameter("x", {2, 3}, {});
  g.set_output("loss", ops::append(g, "sum_rows", "sums", {x})[0]);
  expect_error([&] { autodiff(g); }, unsupported, "sum_rows sums");
  Graph unused = residual_network(true);
  unused.add_parameter("orphan", {1}, {});
  expect_error([&] { autodiff(unused); }, invalid_argument, "orphan: no gradient");
}

TEST(Autodiff, IsTheSameEveryTime) {
  EXPECT_EQ(print(autodiff(residual_network(true))), print(autodiff(residual_network(true))));
}

}  // namespace
}  // namespace noyau::passes
