#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "base/random.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/session.hpp"
#include "zoo/zoo.hpp"

/// Networks whose norms are computed again for the backward pass learn the same, in less memory.
namespace noyau::zoo {
namespace {

Graph training_graph(const std::string& name) {
  const ModelSpec spec{.name = name,
                       .image_size = std::max<std::int64_t>(32, find(name).smallest_image),
                       .classes = 4,
                       .batch = 4,
                       .training = true};
  return passes::dce(passes::fuse(passes::autodiff(build(spec))));
}

/// One step on numbers that depend on the graph's inputs and weights alone.
class Step {
 public:
  Step(const Graph& graph, Numerics numerics)
      : pool_(2),
        weights_(graph, 3),
        session_(plan::make_plan(graph, {.numerics = numerics}), weights_, pool_) {
    Random random(7);
    for (float& pixel : session_.input<float>("x")) pixel = float(random.normal());
    std::int32_t label = 0;
    for (std::int32_t& target : session_.input<std::int32_t>("target")) target = label++;
    session_.run(1, 2);
  }

  std::size_t arena_bytes() const { return session_.plan().arena_bytes; }
  std::span<const float> output(const std::string& name) const {
    return session_.output<float>(name);
  }

 private:
  ThreadPool pool_;
  runtime::Weights weights_;
  runtime::Session session_;
};

using Parameters = std::tuple<const char*, Numerics>;
class Recomputed : public testing::TestWithParam<Parameters> {};

INSTANTIATE_TEST_SUITE_P(Zoo, Recomputed,
                         testing::Combine(testing::Values("mobilenetv1_100", "densenet121",
                                                          "seresnet50", "xception",
                                                          "cifar_resnet20", "efficientnet_lite0"),
                                          testing::Values(Numerics::exact, Numerics::fast)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) +
                                  (std::get<1>(test.param) == Numerics::exact ? "_exact" : "_fast");
                         });

TEST_P(Recomputed, GradientsHaveTheSameBitsInLessMemory) {
  const auto [name, numerics] = GetParam();
  const Graph graph = training_graph(name);
  const Step plain(graph, numerics);
  std::size_t bytes = plain.arena_bytes();
  for (const Memory memory : {Memory::normal, Memory::low}) {
    const Step step(passes::recompute(passes::split_norms(graph), memory), numerics);
    // Pictures this small leave little to gain: weights and their packing are most.
    EXPECT_LE(step.arena_bytes(), bytes + bytes / 100) << to_string(memory);
    bytes = step.arena_bytes();
    for (const auto& output : graph.outputs()) {
      const auto want = plain.output(output.first), got = step.output(output.first);
      ASSERT_TRUE(std::ranges::equal(want, got)) << output.first;
    }
  }
}

}  // namespace
}  // namespace noyau::zoo
