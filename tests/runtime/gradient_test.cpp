#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "ops/samples.hpp"
#include "passes/networks.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/lower.hpp"
#include "runtime/session.hpp"

/// Gradients of the autodiff pass, run on the reference kernels in double, against central
/// differences: for every sample of every op, and for a whole network before and after fusing.
namespace noyau {
namespace {

constexpr double kStep = 1e-5, kTolerance = 1e-6;

using Numbers = std::vector<double>;

/// A graph, its weights and its inputs, ready to run.
class Trial {
 public:
  Trial(const Graph& graph, std::uint64_t seed)
      : weights_(graph, seed), pool_(1), session_(plan::make_plan(graph), weights_, pool_) {
    Random random(seed);
    for (const Value& value : graph.values()) {
      if (value.kind == ValueKind::input) fill_input(value, classes(graph), random);
      if (value.kind == ValueKind::parameter) fill(weights_.at(value.name).as<double>(), random);
      if (value.kind == ValueKind::state)
        for (double& number : weights_.at(value.name).as<double>())
          number = random.uniform(0.5, 1.5);
    }
  }

  void run() { session_.run(11, 3); }
  std::span<double> leaf(const std::string& name) {
    return session_.graph().value(session_.graph().find(name)).kind == ValueKind::input
               ? session_.input<double>(name)
               : weights_.at(name).as<double>();
  }
  Numbers output(const std::string& name) const {
    const auto numbers = session_.output<double>(name);
    return {numbers.begin(), numbers.end()};
  }

 private:
  static void fill(std::span<double> numbers, Random& random) {
    for (double& number : numbers) number = random.uniform(-1, 1);
  }

  // The labels of a loss have to be below its number of classes.
  static std::int64_t classes(const Graph& graph) {
    for (const Node& node : graph.nodes())
      if (node.op == "softmax_cross_entropy") return graph.shape(node.inputs[0])[1];
    return 1;
  }

  void fill_input(const Value& value, std::int64_t classes, Random& random) {
    if (value.type.dtype == DType::f64) fill(session_.input<double>(value.name), random);
    if (value.type.dtype == DType::i32)
      for (std::int32_t& label : session_.input<std::int32_t>(value.name))
        label = std::int32_t(random.below(std::uint64_t(classes)));
  }

  runtime::Weights weights_;
  ThreadPool pool_;
  runtime::Session session_;
};

double dot(const Numbers& a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Compares the outputs "grad:<leaf>" with central differences of the sum of y times `cotangent`.
void expect_gradients(Trial& run, const std::string& y, const std::vector<std::string>& leaves,
                      const Numbers& cotangent) {
  run.run();
  std::map<std::string, Numbers> gradients;
  for (const std::string& leaf : leaves) gradients[leaf] = run.output("grad:" + leaf);
  const auto value = [&] {
    run.run();
    return dot(run.output(y), cotangent);
  };
  for (const auto& [leaf, gradient] : gradients) {
    double largest = 1;
    for (const double g : gradient) largest = std::max(largest, std::abs(g));
    const auto numbers = run.leaf(leaf);
    ASSERT_EQ(numbers.size(), gradient.size());
    // Every element of small tensors, about 64 spread ones of large tensors.
    for (std::size_t i = 0; i < numbers.size(); i += 1 + numbers.size() / 64) {
      const double old = numbers[i];
      numbers[i] = old + kStep;
      const double above = value();
      numbers[i] = old - kStep;
      const double below = value();
      numbers[i] = old;
      ASSERT_NEAR(gradient[i], (above - below) / (2 * kStep), kTolerance * largest)
          << leaf << " element " << i;
    }
  }
}

TEST(Gradient, OfEverySampleOfEveryOpEqualsCentralDifferences) {
  int checked = 0;
  for (const ir::OpDef& def : ops::all()) {
    if (def.vjp == nullptr) continue;
    const auto samples = def.samples();
    for (std::size_t s = 0; s < samples.size(); ++s) {
      const Graph forward = ops::sample_graph(def, samples[s], DType::f64);
      std::vector<std::string> leaves;
      for (const ValueId v : forward.nodes()[0].inputs)
        if (v != kNoValue && ops::differentiable(forward, forward.nodes()[0], v))
          leaves.push_back(forward.value(v).name);
      if (leaves.empty()) continue;
      SCOPED_TRACE(std::string(def.name) + " sample " + std::to_string(s));
      Trial run(passes::autodiff(forward, "y", leaves, "dy"), 7 + s);
      const auto dy = run.leaf("dy");
      expect_gradients(run, "y", leaves, {dy.begin(), dy.end()});
      ++checked;
    }
  }
  EXPECT_GE(checked, 30);
}

Graph in_double(const Graph& graph) {
  std::string text = print(graph);
  for (std::size_t i = 0; (i = text.find("f32[", i)) != std::string::npos;)
    text.replace(i, 3, "f64");
  return parse(text);
}

std::vector<std::string> parameters(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value& value : graph.values())
    if (value.kind == ValueKind::parameter) names.push_back(value.name);
  return names;
}

TEST(Gradient, OfAResidualNetworkEqualsCentralDifferencesAfterFusing) {
  for (const bool training : {true, false}) {
    SCOPED_TRACE(training ? "training" : "inference");
    const Graph forward = in_double(passes::residual_network(training));
    const Graph fused = runtime::lower_training(passes::autodiff(forward));
    ASSERT_EQ(passes::count(fused, "relu_grad"), 0);
    ASSERT_EQ(passes::count(fused, "conv_grad_input_norm"), training ? 4 : 0);
    Trial run(fused, 5);
    expect_gradients(run, "loss", parameters(forward), {1.0});
  }
}

TEST(Gradient, OfADenseBlockEqualsCentralDifferencesAfterFusing) {
  const Graph forward = in_double(passes::dense_network());
  const Graph fused = runtime::lower_training(passes::autodiff(forward));
  ASSERT_EQ(passes::count(fused, "add"), 0);
  ASSERT_EQ(passes::count(fused, "batch_norm_statistics_join"), 3);
  Trial run(fused, 7);
  expect_gradients(run, "loss", parameters(forward), {1.0});
}

TEST(Gradient, OfSqueezeAndExcitationEqualsCentralDifferencesAfterFusing) {
  const Graph forward = in_double(passes::squeeze_network());
  const Graph fused = passes::dce(passes::fuse(passes::autodiff(forward)));
  ASSERT_EQ(passes::count(fused, "mul_relu_grad"), 2);
  ASSERT_EQ(passes::count(fused, "adaptive_avg_pool_grad"), 0);
  Trial run(fused, 6);
  expect_gradients(run, "loss", parameters(forward), {1.0});
}

TEST(Gradient, IsTheSameWhicheverWayTheGraphIsRewritten) {
  const Graph forward = in_double(passes::residual_network(true));
  const Graph plain = passes::autodiff(forward);
  Trial expected(plain, 3);
  expected.run();
  for (const Graph& graph :
       {passes::dce(plain), passes::fuse(plain), passes::split_norms(passes::fuse(plain)),
        passes::recompute(passes::split_norms(passes::fuse(plain))), runtime::lower_training(plain),
        passes::autodiff(passes::fuse(forward))}) {
    Trial run(graph, 3);
    run.run();
    for (const auto& output : plain.outputs()) {
      const Numbers a = expected.output(output.first), b = run.output(output.first);
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i)
        ASSERT_NEAR(a[i], b[i], 1e-12 * (1 + std::abs(a[i]))) << output.first << " " << i;
    }
  }
}

}  // namespace
}  // namespace noyau
