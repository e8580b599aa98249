#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "golden/fill.hpp"
#include "networks.hpp"
#include "train/trainer.hpp"

/// Loss curves of cifar_resnet20 on Fashion-MNIST against those of another framework, from the same
/// weights and the same batches (tests/data/golden/curves).
namespace noyau::training {
namespace {

using Json = nlohmann::json;

Json read_curve(const std::string& name) {
  std::ifstream in(std::string(NOYAU_TEST_DATA) + "/golden/curves/" + name + ".json");
  return Json::parse(in);
}

/// The first pictures of the sample in file order, cut into batches.
std::vector<Batch> batches(const Json& curve) {
  const Dataset data = Dataset::open(
      std::string(NOYAU_TEST_DATA) + "/../../data/fashion-mnist-sample", {.val_fraction = 0});
  std::vector<Sample> samples = data.samples(Split::train);
  std::ranges::sort(samples, {}, &Sample::index);
  const Normalisation normalisation{.kind = NormalisationKind::mean_std,
                                    .mean = {curve["normalise"]["mean"].get<float>()},
                                    .deviation = {curve["normalise"]["std"].get<float>()}};
  const auto rows = curve["batch"].get<std::int64_t>();
  std::vector<Batch> result;
  for (std::int64_t b = 0; b < curve["batches"].get<std::int64_t>(); ++b) {
    Batch& batch = result.emplace_back();
    batch.images = Tensor(Shape{rows, 28, 28, 1});
    batch.labels = Tensor(Shape{rows}, DType::i32);
    batch.valid = rows;
    batch.indices.resize(std::size_t(rows));
    for (std::int64_t i = 0; i < rows; ++i) {
      const Sample& sample = samples[std::size_t(b * rows + i)];
      normalise(data.load(sample), normalisation,
                batch.images.as<float>().subspan(std::size_t(i) * 784, 784));
      batch.labels.as<std::int32_t>()[std::size_t(i)] = sample.label;
    }
  }
  return result;
}

struct Curve {
  std::vector<double> losses;
  double accuracy = 0;  ///< on the training pictures, in evaluation mode
};

Curve train(const Json& curve) {
  ThreadPool pool(std::min(2, available_processors()));
  const Networks networks("cifar_resnet20", curve["batch"]);
  const Json& sgd = curve["optimiser"];
  Trainer trainer(networks.training, networks.evaluation,
                  {.sgd = {.momentum = sgd["momentum"],
                           .weight_decay = sgd["weight_decay"],
                           .decay_norms_and_biases = true},
                   .schedule = {.base = sgd["lr"]}},
                  pool);
  golden::fill(trainer.weights());
  const std::vector<Batch> data = batches(curve);
  Curve result;
  for (int pass = 0; pass < curve["passes"].get<int>(); ++pass) {
    for (const Batch& batch : data) result.losses.push_back(trainer.step(batch).loss);
  }
  Evaluator evaluator(networks.evaluation, trainer.weights(), pool);
  Evaluation evaluation;
  for (const Batch& batch : data) evaluator.add(evaluation, batch);
  result.accuracy = evaluation.totals.top1_accuracy();
  return result;
}

void expect_losses(const Json& curve, const Curve& got, std::size_t steps, double tolerance) {
  const auto expected = curve["float64"]["losses"].get<std::vector<double>>();
  ASSERT_GE(got.losses.size(), steps);
  for (std::size_t k = 0; k < steps; ++k) {
    EXPECT_NEAR(got.losses[k] / expected[k], 1.0, tolerance) << "step " << k;
  }
}

TEST(GoldenFill, GivesTheWorkedValues) {
  const auto bits = [](const char* name, Shape shape, std::int64_t index) {
    return std::bit_cast<std::uint32_t>(golden::value(name, shape, index));
  };
  EXPECT_EQ(bits("input", {2, 3, 224, 224}, 0), 0xbf4deac2u);
  EXPECT_EQ(bits("conv1.weight", {64, 3, 7, 7}, 9407), 0xbdf8793eu);
  EXPECT_EQ(bits("bn1.weight", {64}, 5), 0x3f6d3427u);
  EXPECT_EQ(bits("bn1.running_mean", {64}, 5), 0x3d3227cdu);
  EXPECT_EQ(bits("bn1.running_var", {64}, 5), 0x3faf1d49u);
  EXPECT_EQ(bits("fc.weight", {1000, 2048}, 2047999), 0x3d074308u);
}

TEST(GoldenCurve, GentleCurveAgreesOnEveryLoss) {
  const Json curve = read_curve("fashion_resnet20_gentle");
  const Curve got = train(curve);
  expect_losses(curve, got, 20, 2e-4);
}

TEST(GoldenCurve, SteepCurveAgreesAtFirstAndInItsAccuracy) {
  const Json curve = read_curve("fashion_resnet20");
  const Curve got = train(curve);
  expect_losses(curve, got, 3, 1e-3);
  double low = 1, high = 0;
  for (const char* run : {"float64", "float32", "float32_other_kernels"}) {
    low = std::min(low, curve[run]["eval_accuracy"].get<double>());
    high = std::max(high, curve[run]["eval_accuracy"].get<double>());
  }
  EXPECT_GE(got.accuracy, low - 0.03);
  EXPECT_LE(got.accuracy, high + 0.03);
}

}  // namespace
}  // namespace noyau::training
