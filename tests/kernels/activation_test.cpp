#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

constexpr std::array kAll = {
#define NOYAU_ACTIVATION(name, ...) Function::name,
#include "base/activations.def"
#undef NOYAU_ACTIVATION
    Function::gelu_tanh};

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Case make_case(Draw& draw, std::string_view family, Function function, std::int64_t count) {
  Unary p{.count = count, .function = function, .alpha = double(draw.integer(0, 10)) / 10};
  Case test{family, p, {draw.tensor(count, -12, 12)}, {{count}}, 1e-6};
  if (family == "activation_grad") test.inputs.push_back(draw.tensor(count, -12, 12));
  return test;
}

// Every length up to 500 with each function in turn, and for each some beyond two tasks.
void check_family(std::string_view family) {
  Draw draw(61);
  std::vector<Case> cases;
  for (int count = 1; count <= 504; ++count) {
    cases.push_back(make_case(draw, family, kAll[std::size_t(count) % kAll.size()], count));
  }
  for (const Function function : kAll) {
    cases.push_back(make_case(draw, family, function, 40001));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Activation, EqualsReference) { check_family("activation"); }
TEST(Activation, GradEqualsReference) { check_family("activation_grad"); }

// Each number alone, so that it is compared with its own magnitude: small results count too.
TEST(Activation, IsRightToItsOwnMagnitude) {
  for (const Function function : kAll) {
    for (const float x : {-87.f, -8.f, -5.5f, -3.f, -1.f, -0.01f, -1e-6f, 0.f, 1e-6f, 0.3f, 2.f,
                          6.f, 8.f, 40.f, 100.f}) {
      Unary p{.count = 1, .function = function, .alpha = 0.5};
      EXPECT_GT(check({"activation", p, {tensor_of({x})}, {{1}}, 1e-5}), 0) << x;
    }
  }
}

TEST(Activation, ExtremesNeitherOverflowNorGetLost) {
  for (const Function function : kAll) {
    for (const float x : {1e30f, -1e30f, kInfinity, 1e-40f, -0.f, kNaN}) {
      Unary p{.count = 1, .function = function, .alpha = 0.5};
      check({"activation", p, {tensor_of({x})}, {{1}}, 1e-5});
      if (!std::isinf(x))
        check({"activation_grad", p, {tensor_of({2.f}), tensor_of({x})}, {{1}}, 1e-5});
      for (const Kernel& k : family("activation")) {
        const float y = floats(run(k, {"activation", p, {tensor_of({x})}, {{1}}}, 1)[0])[0];
        EXPECT_EQ(std::isnan(y), std::isnan(x)) << to_string(Problem(p)) << " of " << x;
      }
    }
  }
}

TEST(Activation, ReluByHand) {
  const Unary p{.count = 3};
  for (const Kernel& k : family("activation")) {
    Case test{"activation", p, {tensor_of({-1.f, 0.f, 2.f})}, {{3}}};
    EXPECT_EQ(floats(run(k, test, 1)[0]), (std::vector<float>{0, 0, 2})) << k.name;
  }
  for (const Kernel& k : family("activation_grad")) {
    Case test{"activation_grad",
              p,
              {tensor_of({kInfinity, 6.f, 7.f}), tensor_of({-1.f, 0.f, 2.f})},
              {{3}}};
    EXPECT_EQ(floats(run(k, test, 1)[0]), (std::vector<float>{0, 0, 7})) << k.name;
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
