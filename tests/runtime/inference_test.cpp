#include "runtime/inference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "zoo/zoo.hpp"

namespace noyau::runtime {
namespace {

Graph network() {
  zoo::ModelSpec spec;
  spec.name = "cifar_resnet20";
  spec.batch = 2;
  return zoo::build(spec);
}

std::vector<float> logits(Session& session) {
  float i = 0;
  for (float& x : session.input<float>("x")) x = std::sin(i += 1.7f);
  session.run();
  const auto out = session.output<float>("logits");
  return {out.begin(), out.end()};
}

// Statistics as after some training, so that folding changes the weights.
void move_statistics(const Graph& graph, Weights& weights, float by) {
  for (const Value& value : graph.values())
    if (value.kind == ValueKind::state)
      for (float& x : weights.at(value.name).as<float>()) x += by;
}

void expect_same_answers(const Graph& graph, Weights& weights, ThreadPool& pool,
                         Inference& inference) {
  Session plain(plan::make_plan(graph), weights, pool);
  const std::vector<float> want = logits(plain), got = logits(inference.session());
  float largest = 0;
  for (const float x : want) largest = std::max(largest, std::fabs(x));
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-5f * largest);
}

TEST(Inference, AnswersAsTheUnfoldedNetworkAndFollowsItsWeights) {
  ThreadPool pool(2);
  const Graph graph = network();
  Weights weights(graph, 3, pool);
  move_statistics(graph, weights, 0.25f);
  Inference inference(graph, weights, pool);
  for (const Node& node : inference.session().graph().nodes()) EXPECT_NE(node.op, "batch_norm");
  expect_same_answers(graph, weights, pool, inference);
  move_statistics(graph, weights, 0.5f);
  inference.weights_changed();
  expect_same_answers(graph, weights, pool, inference);
}

TEST(Inference, LeavesTheWeightsItWasGivenAlone) {
  ThreadPool pool(1);
  const Graph graph = network();
  Weights weights(graph, 3, pool);
  const std::vector<std::string> names = weights.names();
  const std::vector<float> before(weights.at("conv1.weight").as<float>().begin(),
                                  weights.at("conv1.weight").as<float>().end());
  Inference inference(graph, weights, pool);
  EXPECT_EQ(weights.names(), names);
  EXPECT_TRUE(std::ranges::equal(before, weights.at("conv1.weight").as<float>()));
}

}  // namespace
}  // namespace noyau::runtime
