#include "runtime/tune.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "passes/passes.hpp"
#include "runtime/session.hpp"
#include "zoo/zoo.hpp"

namespace noyau::runtime {
namespace {

Graph training_graph() {
  zoo::ModelSpec spec;
  spec.name = "cifar_resnet20";
  spec.batch = 2;
  spec.training = true;
  return passes::dce(passes::fuse(passes::autodiff(zoo::build(spec))));
}

// The gradient of the first weight after one step.
std::vector<float> gradient(const Graph& graph, plan::Plan plan, ThreadPool& pool) {
  Weights weights(graph, 3, pool);
  Session session(std::move(plan), weights, pool);
  const std::span<float> x = session.input<float>("x");
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = float(i % 97) / 97;
  std::ranges::fill(session.input<std::int32_t>("target"), 1);
  session.run();
  const auto& [name, value] = *std::ranges::find_if(
      graph.outputs(), [](const auto& output) { return output.first.starts_with("grad:"); });
  const auto values = session.output<float>(name);
  return {values.begin(), values.end()};
}

TEST(Tune, MeasuresEveryVariantOnce) {
  ThreadPool pool(2);
  const plan::Plan plan = plan::make_plan(training_graph());
  plan::Tuning table;
  tune(plan, table, pool);
  ASSERT_FALSE(table.empty());
  for (const plan::Call& call : plan.calls) {
    const int count = plan::variants(*call.kernel, call.problem);
    if (count == 1) continue;
    const plan::Tuned* tuned = plan::find_tuned(table, *call.kernel, call.problem);
    ASSERT_NE(tuned, nullptr);
    EXPECT_GT(*std::ranges::min_element(tuned->ms), 0);
  }
  const plan::Tuning before = table;
  tune(plan, table, pool);
  EXPECT_EQ(table, before);
}

TEST(Tune, ChangesNoBit) {
  ThreadPool pool(2);
  const Graph graph = training_graph();
  const std::vector<float> usual = gradient(graph, plan::make_plan(graph), pool);
  plan::Tuning table;
  EXPECT_EQ(gradient(graph, make_tuned_plan(graph, {}, &table, pool), pool), usual);
  // The last variant of each kernel, whatever the measurements said.
  for (auto& [key, tuned] : table) tuned.variant = int(tuned.ms.size()) - 1;
  EXPECT_EQ(gradient(graph, plan::make_plan(graph, {.tuning = table}), pool), usual);
}

}  // namespace
}  // namespace noyau::runtime
