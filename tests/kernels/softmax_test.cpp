#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

using Reduction = CrossEntropy::Reduction;

CrossEntropy draw_problem(Draw& draw) {
  CrossEntropy p;
  p.rows = draw.integer(1, 40);
  p.classes = draw.coin() ? draw.integer(1, 40) : draw.one_of({1, 2, 10, 16, 100, 257});
  p.soft_targets = draw.integer(0, 2) == 0;
  p.class_weight = draw.coin();
  p.label_smoothing = draw.coin() ? 0.1 : 0;
  p.gamma = draw.one_of({0, 1, 2});
  p.ignore_index = draw.coin() ? -100 : 0;
  p.reduction = Reduction(draw.integer(0, 2));
  return p;
}

Tensor draw_targets(Draw& draw, const CrossEntropy& p) {
  if (p.soft_targets) return draw.tensor(p.rows * p.classes, 0, 1);
  std::vector<std::int32_t> targets;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const bool ignore = row > 0 && draw.integer(0, 4) == 0;
    targets.push_back(std::int32_t(ignore ? p.ignore_index : draw.integer(0, p.classes - 1)));
  }
  return integers_of(targets);
}

Case make_case(Draw& draw, std::string_view family, const CrossEntropy& p) {
  const std::int64_t all = p.rows * p.classes;
  const std::int64_t losses = p.reduction == Reduction::none ? p.rows : 1;
  Case test{family, p, {}, {{all}}, 1e-5};
  // A gradient is a difference of nearly equal numbers where the network is already right.
  if (family == "softmax_cross_entropy_grad") test.tolerance = 1e-4;
  test.inputs.push_back(draw.tensor(all, -4, 4));
  if (family == "softmax_grad") test.inputs.push_back(draw.tensor(all, 0, 1));
  if (family == "log_softmax_grad") test.inputs.push_back(draw.tensor(all, -5, 0));
  if (!family.starts_with("softmax_cross")) return test;
  test.inputs.push_back(draw_targets(draw, p));
  test.inputs.push_back(p.class_weight ? draw.tensor(p.classes, 0.5, 2) : Tensor());
  if (family == "softmax_cross_entropy") {
    test.outputs[0].elements = losses;
  } else {
    test.inputs.push_back(draw.tensor(losses));
  }
  return test;
}

void check_family(std::string_view family) {
  Draw draw(51);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i) cases.push_back(make_case(draw, family, draw_problem(draw)));
  CrossEntropy large;
  large.rows = 130;
  large.classes = 1000;
  cases.push_back(make_case(draw, family, large));
  check_threads(cases.back());
  check_all(cases);
}

TEST(Softmax, Probabilities) { check_family("softmax"); }
TEST(Softmax, Grad) { check_family("softmax_grad"); }
TEST(Softmax, Logarithms) { check_family("log_softmax"); }
TEST(Softmax, LogarithmsGrad) { check_family("log_softmax_grad"); }
TEST(Softmax, CrossEntropy) { check_family("softmax_cross_entropy"); }
TEST(Softmax, CrossEntropyGrad) { check_family("softmax_cross_entropy_grad"); }

// Logits 0 and log 3: probabilities 1/4 and 3/4.
TEST(Softmax, ByHand) {
  CrossEntropy p;
  p.rows = 2;
  p.classes = 2;
  p.class_weight = true;
  const float log3 = std::log(3.0f);
  const auto logits = [&] { return tensor_of({0.f, log3, 0.f, log3}); };
  for (std::size_t row = 0; row < 2; ++row) {
    const auto probabilities =
        floats(run(family("softmax")[row], {"softmax", p, {logits()}, {{4}}}, 1)[0]);
    EXPECT_NEAR(probabilities[0], 0.25, 1e-6);
    EXPECT_NEAR(probabilities[3], 0.75, 1e-6);
    // Weights 1 and 3: (1 * log 4 + 3 * log(4/3)) / (1 + 3).
    Case loss{
        "softmax_cross_entropy", p, {logits(), integers_of({0, 1}), tensor_of({1.f, 3.f})}, {{1}}};
    const double want = (std::log(4.0) + 3 * std::log(4.0 / 3)) / 4;
    EXPECT_NEAR(floats(run(family("softmax_cross_entropy")[row], loss, 1)[0])[0], want, 1e-6);
    Case grad{"softmax_cross_entropy_grad",
              p,
              {logits(), integers_of({0, 1}), tensor_of({1.f, 3.f}), tensor_of({8.f})},
              {{4}}};
    const auto slopes = floats(run(family("softmax_cross_entropy_grad")[row], grad, 1)[0]);
    EXPECT_NEAR(slopes[0], 2 * 1 * (0.25 - 1), 1e-5);
    EXPECT_NEAR(slopes[1], 2 * 1 * 0.75, 1e-5);
    EXPECT_NEAR(slopes[2], 2 * 3 * 0.25, 1e-5);
    EXPECT_NEAR(slopes[3], 2 * 3 * (0.75 - 1), 1e-5);
  }
}

TEST(Softmax, SmoothingByHand) {
  CrossEntropy p;
  p.rows = 1;
  p.classes = 2;
  p.label_smoothing = 0.5;  // targets 3/4 and 1/4
  Case test{"softmax_cross_entropy",
            p,
            {tensor_of({0.f, std::log(3.0f)}), integers_of({0}), Tensor()},
            {{1}}};
  for (const Kernel& kernel : family("softmax_cross_entropy")) {
    const double want = 0.75 * std::log(4.0) + 0.25 * std::log(4.0 / 3);
    EXPECT_NEAR(floats(run(kernel, test, 1)[0])[0], want, 1e-6);
  }
}

// Class 1 has probability 3/4: (1 - 3/4)^2 * log(4/3), whose slope along log p is
// -(1/4)^2 * (1 - 2 * 3/4 * log(3/4) / (1/4)).
TEST(Softmax, FocalLossByHand) {
  CrossEntropy p;
  p.rows = 1;
  p.classes = 2;
  p.gamma = 2;
  const auto logits = [] { return tensor_of({0.f, std::log(3.0f)}); };
  const double log_p = std::log(0.75), pull = 1.0 / 16 * (1 - 6 * log_p);
  for (std::size_t row = 0; row < 2; ++row) {
    Case loss{"softmax_cross_entropy", p, {logits(), integers_of({1}), Tensor()}, {{1}}};
    EXPECT_NEAR(floats(run(family("softmax_cross_entropy")[row], loss, 1)[0])[0], -log_p / 16,
                1e-7);
    Case grad{"softmax_cross_entropy_grad",
              p,
              {logits(), integers_of({1}), Tensor(), tensor_of({1.f})},
              {{2}}};
    const auto slopes = floats(run(family("softmax_cross_entropy_grad")[row], grad, 1)[0]);
    EXPECT_NEAR(slopes[0], pull / 4, 1e-7);
    EXPECT_NEAR(slopes[1], -pull / 4, 1e-7);
  }
}

TEST(Softmax, FocalLossOfACertainClassIsZero) {
  CrossEntropy p;
  p.rows = 1;
  p.classes = 2;
  p.gamma = 0.5;
  for (const Kernel& kernel : family("softmax_cross_entropy_grad")) {
    Case grad{"softmax_cross_entropy_grad",
              p,
              {tensor_of({0.f, 200.f}), integers_of({1}), Tensor(), tensor_of({1.f})},
              {{2}}};
    EXPECT_EQ(floats(run(kernel, grad, 1)[0]), (std::vector<float>{0, 0}));
  }
}

TEST(Softmax, LossIsNaNWhenSomethingIsWrong) {
  CrossEntropy p;
  p.rows = 1;
  p.classes = 3;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Kernel& kernel : family("softmax_cross_entropy")) {
    Case test{"softmax_cross_entropy",
              p,
              {tensor_of({1.f, 2.f, 3.f}), integers_of({3}), Tensor()},
              {{1}}};
    EXPECT_TRUE(std::isnan(floats(run(kernel, test, 1)[0])[0])) << "target out of range";
    test.inputs[0] = tensor_of({1.f, nan, 3.f});
    test.inputs[1] = integers_of({0});
    EXPECT_TRUE(std::isnan(floats(run(kernel, test, 1)[0])[0])) << "NaN among the logits";
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
