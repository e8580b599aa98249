#include <gtest/gtest.h>

#include <string>

#include "passes/networks.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

Graph training(const Graph& forward) { return split_norms(dce(fuse(autodiff(forward)))); }

/// The names of the values that a node reads.
std::vector<std::string> reads(const Graph& g, std::string_view name) {
  std::vector<std::string> names;
  for (const ValueId v : node_named(g, name).inputs)
    names.push_back(v == kNoValue ? "" : g.value(v).name);
  return names;
}

std::ptrdiff_t place(const Graph& g, std::string_view name) {
  return &node_named(g, name) - g.nodes().data();
}

TEST(Recompute, RepeatsANormAheadOfTheGradientThatReadsIt) {
  const Graph g = recompute(training(residual_network(true)));
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_NO_THROW(verify(g));
  EXPECT_EQ(reads(g, "a.bn1.again"),
            (std::vector<std::string>{"a.conv1", "a.bn1:1", "a.bn1:3", "a.bn1.bias", ""}));
  EXPECT_EQ(node_named(g, "a.bn1.again").get<std::string>("activation"), "relu");
  EXPECT_EQ(reads(g, "a.conv2")[0], "a.relu1");
  EXPECT_EQ(reads(g, "a.conv2.grad_weight")[0], "a.relu1.again");
  EXPECT_EQ(place(g, "a.conv2.grad_weight"), place(g, "a.bn1.again") + 1);
}

TEST(Recompute, LeavesWhatHasAResidualOrNoGradientThatReadsIt) {
  const Graph g = recompute(training(residual_network(true)));
  std::ptrdiff_t again = 0;
  for (const Node& node : g.nodes()) again += node.name.ends_with(".again");
  EXPECT_EQ(again, 3) << "of bn1 and the first norm of both blocks";
  EXPECT_EQ(reads(g, "b.conv1.grad_weight")[0], "a.relu2");
}

TEST(Recompute, KeepsTheOutputsOfTheGraph) {
  const Graph before = training(residual_network(true)), after = recompute(before);
  ASSERT_EQ(after.outputs().size(), before.outputs().size());
  for (std::size_t i = 0; i < before.outputs().size(); ++i) {
    EXPECT_EQ(after.outputs()[i].first, before.outputs()[i].first);
    EXPECT_EQ(after.value(after.outputs()[i].second).name,
              before.value(before.outputs()[i].second).name);
  }
}

TEST(Recompute, ReachesAFixedPointInOneGo) {
  for (const Memory memory : {Memory::normal, Memory::low}) {
    const Graph g = recompute(training(residual_network(true)), memory);
    EXPECT_EQ(print(recompute(g, memory)), print(g));
  }
}

// A residual is itself computed again, ahead of the norm that adds it.
TEST(Recompute, LowMemoryRepeatsNormsWithAResidual) {
  const Graph g = recompute(training(residual_network(true)), Memory::low);
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(reads(g, "a.bn2.again"), (std::vector<std::string>{"a.conv2", "a.bn2:1", "a.bn2:3",
                                                               "a.bn2.bias", "relu1.again"}));
  EXPECT_LT(place(g, "bn1.again"), place(g, "a.bn2.again"));
}

// What was joined is kept instead of every join, though nothing else would need it any more.
TEST(Recompute, LowMemoryKeepsThePartsOfConcatenations) {
  Graph forward;
  ValueId x = forward.add_input("x", {DType::f32, {2, 6, 6, 8}});
  for (const char* name : {"a", "b", "c"}) {
    const ValueId y = conv(forward, name, x, 4);
    x = ops::append(forward, "concat", std::string(name) + ".concat", {x, y})[0];
  }
  head(forward, norm(forward, "bn", conv(forward, "last", x, 4), true));
  const Graph before = training(forward);
  EXPECT_EQ(print(recompute(before)), print(before));
  const Graph g = recompute(before, Memory::low);
  EXPECT_NO_THROW(ops::check(g));
  EXPECT_EQ(reads(g, "b.concat.again")[0], "a.concat.again");
}

void expect_unchanged(const Graph& g) { EXPECT_EQ(print(recompute(g)), print(g)); }

TEST(MustNotRecompute, WithoutABackwardPass) {
  expect_unchanged(split_norms(fuse(residual_network(true))));
}

TEST(MustNotRecompute, RunningStatistics) { expect_unchanged(training(residual_network(false))); }

struct Chain {
  Graph g;
  ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 4}});
  ValueId y = norm(g, "bn", conv(g, "conv1", x, 4), true);
  Chain() { head(g, conv(g, "conv2", y, 4)); }
};

TEST(MustNotRecompute, AGraphOutput) {
  Chain chain;
  chain.g.set_output("y", chain.y);
  expect_unchanged(training(chain.g));
}

// The input of a norm that does not learn is free after it: y would be kept for x.
TEST(MustNotRecompute, FromAnInputThatNothingElseKeeps) {
  const Graph forward = Chain().g;
  EXPECT_EQ(count(recompute(training(forward)), "batch_norm_apply"), 2);
  expect_unchanged(split_norms(dce(fuse(autodiff(forward, "loss", {"conv2.weight"})))));
}

}  // namespace
}  // namespace noyau::passes
