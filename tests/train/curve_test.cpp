#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "golden/fill.hpp"
#include "kernels/conv/bf16/bf16.hpp"
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
  Totals evaluation;  ///< of the training pictures, after training, in evaluation mode
};

Curve train(const Json& curve, Numerics numerics = Numerics::fast) {
  ThreadPool pool(std::min(2, available_processors()));
  const Networks networks("cifar_resnet20", curve["batch"]);
  const Json& sgd = curve["optimiser"];
  Trainer trainer(networks.training, networks.evaluation,
                  {.optimizer = {.momentum = sgd["momentum"]},
                   .groups = {.weight_decay = sgd["weight_decay"], .decay_norms_and_biases = true},
                   .schedule = {.base = sgd["lr"]},
                   .numerics = numerics},
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
  result.evaluation = evaluation.totals;
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
    return std::bit_cast<std::uint32_t>(golden::Filler(name, shape)(index));
  };
  EXPECT_EQ(bits("input", {2, 3, 224, 224}, 0), 0xbf4deac2u);
  EXPECT_EQ(bits("conv1.weight", {64, 3, 7, 7}, 9407), 0xbdf8793eu);
  EXPECT_EQ(bits("bn1.weight", {64}, 5), 0x3f6d3427u);
  EXPECT_EQ(bits("bn1.running_mean", {64}, 5), 0x3d3227cdu);
  EXPECT_EQ(bits("bn1.running_var", {64}, 5), 0x3faf1d49u);
  EXPECT_EQ(bits("fc.weight", {1000, 2048}, 2047999), 0x3d074308u);
}

TEST(GoldenCurve, GentleCurveAgreesOnEveryLossAndInEvaluation) {
  const Json curve = read_curve("fashion_resnet20_gentle");
  const Curve got = train(curve);
  expect_losses(curve, got, 20, 2e-4);
  const Json& expected = curve["float64"];
  EXPECT_NEAR(got.evaluation.mean_loss() / expected["eval_loss"].get<double>(), 1.0, 2e-4);
  EXPECT_NEAR(double(got.evaluation.top1), expected["eval_correct"].get<double>(), 3);
}

// Products of bfloat16 are off by up to 2^-8 each; the errors of a sum cancel in part.
TEST(GoldenCurve, GentleCurveGoesDownAlikeWithBf16) {
  if (!kernels::has_bf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  const Json curve = read_curve("fashion_resnet20_gentle");
  const Curve got = train(curve, Numerics::bf16);
  expect_losses(curve, got, 20, 1e-2);
  EXPECT_NE(got.losses, train(curve).losses);
  const Json& expected = curve["float64"];
  EXPECT_NEAR(got.evaluation.mean_loss() / expected["eval_loss"].get<double>(), 1.0, 1e-2);
}

constexpr const char* kReferenceRuns[] = {"float64", "float32", "float32_other_kernels"};

/// The mean loss of one pass over the batches.
double pass_mean(const std::vector<double>& losses, std::size_t pass, std::size_t steps) {
  const auto first = losses.begin() + std::ptrdiff_t(pass * steps);
  return std::accumulate(first, first + std::ptrdiff_t(steps), 0.0) / double(steps);
}

// At this rate rounding grows a hundredfold within three steps, so the rest is compared by shape:
// each pass's mean loss with the range of the reference runs, widened by 8 %, and the accuracy
// after the last step with the range of all PyTorch runs. Running statistics lag behind weights
// that move this fast, so that range is wide: starts that differ by 4e-7 in one weight are enough
// for it.
TEST(GoldenCurve, SteepCurveAgreesAtFirstAndThenInShape) {
  const Json curve = read_curve("fashion_resnet20");
  const Curve got = train(curve);
  expect_losses(curve, got, 3, 1e-3);
  const auto steps = curve["batches"].get<std::size_t>();
  for (std::size_t pass = 0; pass < curve["passes"].get<std::size_t>(); ++pass) {
    double low = 1e9, high = 0;
    for (const char* run : kReferenceRuns) {
      const auto losses = curve[run]["losses"].get<std::vector<double>>();
      low = std::min(low, pass_mean(losses, pass, steps));
      high = std::max(high, pass_mean(losses, pass, steps));
    }
    const double mean = pass_mean(got.losses, pass, steps);
    EXPECT_GE(mean, 0.92 * low) << "pass " << pass;
    EXPECT_LE(mean, 1.08 * high) << "pass " << pass;
  }
  std::vector<double> accuracies =
      read_curve("fashion_resnet20_spread")["accuracies"].get<std::vector<double>>();
  for (const char* run : kReferenceRuns)
    accuracies.push_back(curve[run]["eval_accuracy"].get<double>());
  const auto [low, high] = std::ranges::minmax(accuracies);
  EXPECT_GE(got.evaluation.top1_accuracy(), low);
  EXPECT_LE(got.evaluation.top1_accuracy(), high);
}

}  // namespace
}  // namespace noyau::training
