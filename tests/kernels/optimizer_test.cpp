#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

// The numbers are of size 1, and what is left of a difference counts against that. Every length up
// to 500, and some around one chunk and beyond two.
void check_lengths(const std::function<Case(Draw&, std::int64_t)>& make) {
  Draw draw(22);
  std::vector<Case> cases;
  for (std::int64_t count = 1; count <= 500; ++count) cases.push_back(make(draw, count));
  for (const std::int64_t count : {16383, 16384, 16385, 40001}) {
    cases.push_back(make(draw, count));
    check_threads(cases.back());
  }
  check_all(cases);
}

Tensor maybe(Draw& draw, bool there, std::int64_t count, double low, double high) {
  return there ? draw.tensor(count, low, high) : Tensor();
}

Case sgd(Draw& draw, std::int64_t count) {
  Sgd p{.count = count, .lr = 0.1};
  p.momentum = draw.coin() ? 0.9 : 0;
  p.dampening = draw.coin() ? 0.1 : 0;
  p.weight_decay = draw.coin() ? 5e-4 : 0;
  p.gradient_scale = draw.coin() ? 0.3 : 1;
  p.trust = draw.coin() ? 0.02 : 1;
  p.nesterov = p.momentum > 0 && draw.coin();
  p.first_step = draw.coin();
  Case test{"sgd", p, {}, {}, 1e-6, 1};
  test.inputs = {draw.tensor(count), draw.tensor(count), maybe(draw, p.momentum > 0, count, -1, 1)};
  return test;
}

Case adam(Draw& draw, std::int64_t count) {
  Adam p{.count = count, .lr = 0.1, .weight_decay = 0.01};
  p.decoupled = draw.coin();
  p.gradient_scale = draw.coin() ? 0.3 : 1;
  p.correction1 = draw.coin() ? 0.1 : 1;
  p.correction2 = draw.coin() ? 0.001 : 1;
  Case test{"adam", p, {}, {}, 2e-6, 1};
  test.inputs = {draw.tensor(count), draw.tensor(count), draw.tensor(count),
                 draw.tensor(count, 0.01, 1), maybe(draw, draw.coin(), count, 0.01, 1)};
  test.outputs = {{draw.coin() ? count : 0}};
  return test;
}

Case rmsprop(Draw& draw, std::int64_t count) {
  RmsProp p{.count = count, .lr = 0.1, .momentum = 0.9, .weight_decay = 0.01};
  p.tensorflow = draw.coin();
  p.gradient_scale = draw.coin() ? 0.3 : 1;
  Case test{"rmsprop", p, {}, {}, 2e-6, 1};
  // The variance that a centered step divides by stays well above rounding.
  test.inputs = {draw.tensor(count), draw.tensor(count), draw.tensor(count, 0.5, 1),
                 maybe(draw, draw.coin(), count, -0.5, 0.5),
                 maybe(draw, draw.coin(), count, -1, 1)};
  return test;
}

Case adagrad(Draw& draw, std::int64_t count) {
  Adagrad p{.count = count, .lr = 0.1, .weight_decay = 0.01};
  p.gradient_scale = draw.coin() ? 0.3 : 1;
  Case test{"adagrad", p, {}, {}, 1e-6, 1};
  test.inputs = {draw.tensor(count), draw.tensor(count), draw.tensor(count, 0, 1)};
  return test;
}

TEST(OptimizerKernel, SgdEqualsReference) { check_lengths(sgd); }
TEST(OptimizerKernel, AdamEqualsReference) { check_lengths(adam); }
TEST(OptimizerKernel, RmsPropEqualsReference) { check_lengths(rmsprop); }
TEST(OptimizerKernel, AdagradEqualsReference) { check_lengths(adagrad); }

TEST(OptimizerKernel, SgdByHand) {
  const Sgd p{.count = 1, .lr = 0.5, .momentum = 0.5, .weight_decay = 0.25, .nesterov = true};
  Case test{"sgd", p, {tensor_of({4.f}), tensor_of({1.f}), tensor_of({2.f})}, {}};
  for (const Kernel& kernel : family("sgd")) {
    const Results r = run(kernel, test, 1);
    EXPECT_EQ(floats(r[2])[0], 3);     // 0.5 * 2 + (1 + 0.25 * 4)
    EXPECT_EQ(floats(r[0])[0], 2.25);  // 4 - 0.5 * (2 + 0.5 * 3)
  }
}

TEST(OptimizerKernel, AdamByHand) {
  const Adam p{.count = 1, .lr = 0.5, .beta1 = 0.5, .beta2 = 0.75, .eps = 1, .correction1 = 0.5};
  Case test{
      "adam", p, {tensor_of({4.f}), tensor_of({4.f}), tensor_of({2.f}), tensor_of({0.f})}, {}};
  for (const Kernel& kernel : family("adam")) {
    const Results r = run(kernel, test, 1);
    EXPECT_EQ(floats(r[2])[0], 3);  // (2 + 4) / 2
    EXPECT_EQ(floats(r[3])[0], 4);  // 16 / 4
    EXPECT_EQ(floats(r[0])[0], 3);  // 4 - 0.5 * (3 / 0.5) / (sqrt(4) + 1)
  }
}

TEST(OptimizerKernel, RmsPropByHand) {
  for (const bool tensorflow : {false, true}) {
    const RmsProp p{.count = 1, .lr = 0.5, .alpha = 0.75, .eps = 5, .tensorflow = tensorflow};
    Case test{"rmsprop", p, {tensor_of({4.f}), tensor_of({4.f}), tensor_of({0.f})}, {}};
    for (const Kernel& kernel : family("rmsprop")) {
      const Results r = run(kernel, test, 1);
      EXPECT_EQ(floats(r[2])[0], 4);  // 16 / 4
      // 4 - 0.5 * 4 / (sqrt(4) + 5), or with sqrt(4 + 5)
      EXPECT_FLOAT_EQ(floats(r[0])[0], tensorflow ? 4.f - 2.f / 3 : 4.f - 2.f / 7);
    }
  }
}

TEST(OptimizerKernel, ACenteredStepNeverTakesTheRootOfLessThanNothing) {
  const RmsProp p{.count = 1, .lr = 1, .alpha = 0.5, .eps = 1};
  Case test{
      "rmsprop", p, {tensor_of({0.f}), tensor_of({1.f}), tensor_of({0.f}), tensor_of({9.f})}, {}};
  for (const Kernel& kernel : family("rmsprop")) EXPECT_EQ(floats(run(kernel, test, 1)[0])[0], -1);
}

TEST(OptimizerKernel, AdagradByHand) {
  const Adagrad p{.count = 1, .lr = 0.5, .eps = 1};
  Case test{"adagrad", p, {tensor_of({4.f}), tensor_of({4.f}), tensor_of({9.f})}, {}};
  for (const Kernel& kernel : family("adagrad")) {
    const Results r = run(kernel, test, 1);
    EXPECT_EQ(floats(r[2])[0], 25);
    EXPECT_FLOAT_EQ(floats(r[0])[0], 4.f - 2.f / 6);  // 0.5 * 4 / (sqrt(25) + 1)
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
