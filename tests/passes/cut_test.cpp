#include <gtest/gtest.h>

#include "noyau/error.hpp"
#include "passes/networks.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

Graph chain() {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 4, 4, 3}});
  const ValueId a = relu(g, "a", norm(g, "bn_a", x, false));
  const ValueId b = relu(g, "b", norm(g, "bn_b", a, true));
  relu(g, "dead", a);
  g.set_output("logits", b);
  return g;
}

TEST(Cut, EachHalfHasWhatItNeeds) {
  const Halves halves = cut(chain(), "a");
  EXPECT_NO_THROW(ops::check(halves.front));
  EXPECT_NO_THROW(ops::check(halves.back));
  EXPECT_NE(halves.front.find("bn_a.weight"), kNoValue);
  EXPECT_EQ(halves.front.find("bn_b.weight"), kNoValue);
  EXPECT_EQ(halves.back.find("bn_a.weight"), kNoValue);
  EXPECT_NE(halves.back.find("bn_b.weight"), kNoValue);
  EXPECT_EQ(halves.front.value(halves.front.output("features")).name, "a");
  EXPECT_EQ(halves.front.outputs().size(), 1u);
  EXPECT_EQ(halves.back.value(halves.back.output("logits")).name, "b");
  EXPECT_EQ(halves.back.shape(halves.back.find("x")), (Shape{2, 4, 4, 3}));
  EXPECT_EQ(halves.back.find("dead"), kNoValue);
}

TEST(Cut, AllStatisticsOfATrainingNormStay) {
  const Halves halves = cut(chain(), "a");
  EXPECT_NE(halves.back.find("bn_b.running_mean"), kNoValue);
  EXPECT_NE(halves.back.find("bn_b.running_var"), kNoValue);
}

TEST(Cut, RefusesAValueThatIsByPassed) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 3}});
  const ValueId a = relu(g, "a", x);
  g.set_output("logits", add(g, "sum", a, x));
  EXPECT_THROW(cut(g, "a"), Error);
}

TEST(Cut, RefusesWhatIsNoResult) {
  EXPECT_THROW(cut(chain(), "x"), Error);
  EXPECT_THROW(cut(chain(), "bn_a.weight"), Error);
  EXPECT_THROW(cut(chain(), "nowhere"), Error);
}

}  // namespace
}  // namespace noyau::passes
