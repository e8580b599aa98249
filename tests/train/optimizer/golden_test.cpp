#include <gtest/gtest.h>

#include <cmath>

#include "golden/files.hpp"
#include "train/optimizer/optimizer.hpp"

/// Optimisers against the trajectories of another framework (tests/data/golden/optim.json).
namespace noyau::training {
namespace {

using Json = nlohmann::json;

const Json& file() {
  static const Json json = golden::read_golden("", "optim");
  return json;
}

/// Options by the names that PyTorch and timm give them.
OptimizerOptions options_of(const std::string& name, const Json& o) {
  OptimizerOptions options;
  std::string kind = name.substr(0, name.find('_'));
  if (name == "rmsprop_tf") kind = name;
  if (name == "larc_clip") kind = "lars";
  options.kind = parse_optimizer(kind);
  options.momentum = o.value("momentum", 0.0);
  options.dampening = o.value("dampening", 0.0);
  options.nesterov = o.value("nesterov", false);
  options.eps = o.value("eps", 1e-8);
  options.amsgrad = o.value("amsgrad", false);
  options.alpha = o.value("alpha", 0.9);
  options.centered = o.value("centered", false);
  options.rate_decay = o.value("lr_decay", 0.0);
  options.trust_coefficient = o.value("trust_coeff", 1e-3);
  options.trust_clip = o.value("trust_clip", false);
  if (o.contains("betas")) options.beta1 = o["betas"][0], options.beta2 = o["betas"][1];
  return options;
}

/// The objective's gradient, and its l2 norm.
template <class T>
double gradient(std::span<const T> w, std::span<T> result) {
  double squares = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double a = file()["a"][i], b = file()["b"][i], x = double(w[i]);
    const double g = a * (x - b) + 0.3 * std::cos(3 * x);
    result[i] = T(g);
    squares += g * g;
  }
  return std::sqrt(squares);
}

/// The largest difference from the trajectory, over all updates and numbers.
template <class T>
double largest_difference(const std::string& name, DType dtype, ThreadPool& pool) {
  const Json& run = file()["optimisers"][name];
  const Json& o = run["options"];
  Graph graph;
  graph.add_parameter("w", Shape{8}, {}, dtype);
  Optimizer optimizer(graph, options_of(name, o));
  Tensor weight(Shape{8}, dtype), slope(Shape{8}, dtype);
  for (std::size_t i = 0; i < 8; ++i) weight.as<T>()[i] = T(file()["w0"][i].get<double>());
  const bool clips = o.contains("max_grad_norm") && !o["max_grad_norm"].is_null();
  double worst = 0;
  for (std::size_t k = 0; k < run["w"].size(); ++k) {
    const double norm = gradient<T>(weight.as<T>(), slope.as<T>());
    const double most = clips ? o["max_grad_norm"].get<double>() : norm;
    optimizer.update("w", weight, slope.raw(),
                     {.step = std::int64_t(k),
                      .rate = o["lr"],
                      .weight_decay = o.value("weight_decay", 0.0),
                      .gradient_scale = std::min(1.0, most / norm)},
                     pool);
    for (std::size_t i = 0; i < 8; ++i)
      worst = std::max(worst, std::abs(double(weight.as<T>()[i]) - run["w"][k][i].get<double>()));
  }
  return worst;
}

TEST(GoldenOptimizer, FollowsEveryTrajectory) {
  ThreadPool pool(1);
  int runs = 0;
  for (const auto& [name, run] : file()["optimisers"].items()) {
    EXPECT_LT(largest_difference<double>(name, DType::f64, pool), 1e-9) << name;
    EXPECT_LT(largest_difference<float>(name, DType::f32, pool), 3e-6) << name;
    ++runs;
  }
  EXPECT_EQ(runs, 22);
}

}  // namespace
}  // namespace noyau::training
