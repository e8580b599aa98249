#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "passes/networks.hpp"
#include "passes/passes.hpp"

namespace noyau::passes {
namespace {

std::map<std::string, Tensor, std::less<>> numbers(const Graph& g) {
  std::map<std::string, Tensor, std::less<>> tensors;
  for (const Value& value : g.values()) {
    if (value.kind != ValueKind::parameter && value.kind != ValueKind::state) continue;
    Tensor tensor(value.type.shape, value.type.dtype);
    for (std::size_t i = 0; i < tensor.as<float>().size(); ++i)
      tensor.as<float>()[i] = 0.25f + 0.5f * std::sin(float(i + value.name.size())) +
                              (value.name.ends_with("running_var") ? 1.0f : 0.0f);
    tensors.emplace(value.name, std::move(tensor));
  }
  return tensors;
}

WeightAccess access(std::map<std::string, Tensor, std::less<>>& tensors) {
  return {[&](std::string_view name) -> const Tensor& { return tensors.find(name)->second; },
          [&](const std::string& name, Tensor tensor) {
            tensors.insert_or_assign(name, std::move(tensor));
          }};
}

TEST(FoldBatchNorm, ScalesWeightsAndShiftsTheBias) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 3}});
  g.set_output("y", relu(g, "r", norm(g, "bn", conv(g, "conv", x, 4), false)));
  auto tensors = numbers(g);
  const auto old = tensors;
  const Graph folded = fuse(fold_batch_norm(g, access(tensors)));
  EXPECT_NO_THROW(ops::check(folded));
  ASSERT_EQ(folded.nodes().size(), 1u);
  EXPECT_EQ(folded.nodes()[0].get<std::string>("activation"), "relu");
  EXPECT_EQ(folded.find("bn.running_mean"), kNoValue);
  EXPECT_EQ(folded.find("conv.weight"), kNoValue);
  const auto at = [](const auto& map, const char* name, std::size_t i) {
    return double(map.find(std::string_view(name))->second.template as<float>()[i]);
  };
  for (std::size_t c = 0; c < 4; ++c) {
    const double scale = at(old, "bn.weight", c) / std::sqrt(at(old, "bn.running_var", c) + 1e-5);
    EXPECT_NEAR(at(tensors, "conv.bias+bn", c),
                at(old, "bn.bias", c) - at(old, "bn.running_mean", c) * scale, 1e-6);
    for (std::size_t i = 27 * c; i < 27 * (c + 1); ++i)
      EXPECT_NEAR(at(tensors, "conv.weight+bn", i), at(old, "conv.weight", i) * scale, 1e-6);
  }
}

TEST(FoldBatchNorm, RemovesEveryNormOfAResidualNetwork) {
  const Graph g = residual_network(false);
  auto tensors = numbers(g);
  const Graph folded = fold_batch_norm(g, access(tensors));
  EXPECT_NO_THROW(ops::check(folded));
  EXPECT_EQ(count(folded, "batch_norm"), 0);
  for (const Value& value : folded.values())
    EXPECT_TRUE(value.kind != ValueKind::parameter || tensors.contains(value.name)) << value.name;
}

TEST(FoldBatchNorm, LeavesTrainingNormsAndSharedConvsAlone) {
  const Graph training = residual_network(true);
  auto tensors = numbers(training);
  EXPECT_EQ(print(fold_batch_norm(training, access(tensors))), print(training));
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 3}});
  const ValueId c = conv(g, "conv", x, 4);
  g.set_output("y", norm(g, "bn", c, false));
  g.set_output("c", c);
  tensors = numbers(g);
  EXPECT_EQ(print(fold_batch_norm(g, access(tensors))), print(g));
}

}  // namespace
}  // namespace noyau::passes
