#include <gtest/gtest.h>

#include "passes/networks.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

TEST(Dce, RemovesWhatNoOutputNeeds) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 3}});
  const ValueId a = relu(g, "a", x);
  relu(g, "dead2", relu(g, "dead1", a));
  g.set_output("y", relu(g, "b", a));
  const Graph live = dce(g);
  EXPECT_NO_THROW(ops::check(live));
  EXPECT_EQ(live.nodes().size(), 2u);
  EXPECT_EQ(live.find("dead1"), kNoValue);
  EXPECT_EQ(live.value(live.output("y")).name, "b");
}

TEST(Dce, KeepsNodesThatUpdateStates) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 3}});
  norm(g, "train", relu(g, "before", x), true);
  norm(g, "eval", relu(g, "unused", x), false);
  const Graph live = dce(g);
  EXPECT_EQ(count(live, "batch_norm"), 1);
  EXPECT_EQ(count(live, "relu"), 1);
  EXPECT_NE(live.find("before"), kNoValue);
}

TEST(Dce, KeepsNamesEvenOfValuesThatWereMadeUnique) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 3}});
  relu(g, "a", x);
  g.set_output("y", relu(g, "a", x));
  const Graph live = dce(g);
  EXPECT_EQ(live.value(live.output("y")).name, "a~2");
}

TEST(Dce, LeavesALiveGraphAndAllInputsAlone) {
  const Graph g = autodiff(residual_network(true));
  EXPECT_EQ(print(dce(g)), print(g));
  Graph logits;
  logits.add_input("target", {DType::i32, {2}});
  logits.add_parameter("w", {2}, {});
  logits.add_state("s", {2}, {});
  EXPECT_EQ(print(dce(logits)), print(logits));
}

TEST(Dce, CutsTheLossFromAnInferenceGraph) {
  const Graph g = residual_network(false);
  Graph inference = parse(print(g).substr(0, print(g).find("output loss")));
  const Graph live = dce(inference);
  EXPECT_EQ(count(live, "softmax_cross_entropy"), 0);
  EXPECT_EQ(count(live, "linear"), 1);
}

}  // namespace
}  // namespace noyau::passes
