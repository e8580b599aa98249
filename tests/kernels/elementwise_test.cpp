#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

Case elementwise(Draw& draw, std::string_view family, std::int64_t count, int inputs) {
  Elementwise p;
  p.count = count;
  p.alpha = double(draw.integer(0, 9)) / 10;
  p.id = std::uint64_t(draw.integer(0, 5));
  Case test{family, p, {}, {{count}}, 1e-6};
  for (int i = 0; i < inputs; ++i) test.inputs.push_back(draw.tensor(count));
  test.seed = std::uint64_t(draw.integer(0, 1000));
  return test;
}

// Every length up to 500, and some beyond one and two chunks.
void check_family(std::string_view family, int inputs) {
  Draw draw(21);
  std::vector<Case> cases;
  for (int count = 1; count <= 500; ++count) {
    cases.push_back(elementwise(draw, family, count, inputs));
  }
  for (const int count : {16383, 16384, 16385, 40001}) {
    cases.push_back(elementwise(draw, family, count, inputs));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Elementwise, Add) { check_family("add", 2); }
TEST(Elementwise, Mul) { check_family("mul", 2); }
TEST(Elementwise, Copy) { check_family("copy", 1); }
TEST(Elementwise, Dropout) { check_family("dropout", 1); }
TEST(Elementwise, DropoutGrad) { check_family("dropout_grad", 1); }

TEST(Dropout, OfGroupsEqualsReference) {
  Draw draw(23);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) {
    const std::int64_t group = draw.integer(2, 70), groups = draw.integer(1, 40);
    Case test = elementwise(draw, i % 2 == 0 ? "dropout" : "dropout_grad", group * groups, 1);
    std::get<Elementwise>(test.problem).group = group;
    cases.push_back(std::move(test));
  }
  check_threads(cases.back());
  check_all(cases);
}

std::vector<float> result(const Kernel& kernel, Elementwise p, std::vector<Tensor> inputs) {
  Case test{kernel.family, p, std::move(inputs), {{p.count}}};
  return floats(run(kernel, test, 1)[0]);
}

TEST(Elementwise, ByHand) {
  Elementwise p;
  p.count = 3;
  p.alpha = 2.5;
  const auto a = [] { return tensor_of({-1.f, 0.f, 2.f}); };
  const auto b = [] { return tensor_of({5.f, 6.f, 7.f}); };
  for (const Kernel& k : family("add")) {
    EXPECT_EQ(result(k, p, {a(), b()}), (std::vector<float>{4, 6, 9}));
  }
  for (const Kernel& k : family("mul")) {
    EXPECT_EQ(result(k, p, {a(), b()}), (std::vector<float>{-5, 0, 14}));
  }
  for (const Kernel& k : family("copy")) {
    EXPECT_EQ(result(k, p, {b()}), (std::vector<float>{5, 6, 7}));
  }
  for (const Kernel& k : family("fill")) {
    EXPECT_EQ(result(k, p, {}), (std::vector<float>{2.5, 2.5, 2.5}));
  }
}

TEST(Dropout, KeepsTheShareItShouldAndRedrawsTheMask) {
  Elementwise p;
  p.count = 100000;
  p.alpha = 0.3;
  Tensor ones(Shape{p.count});
  for (float& v : ones.as<float>()) v = 1;
  Case test{"dropout", p, {ones}, {{p.count}}};
  const Kernel& kernel = family("dropout")[0];
  const std::vector<float> first = floats(run(kernel, test, 1)[0]);
  double sum = 0;
  for (const float v : first) {
    ASSERT_TRUE(v == 0 || v == float(1 / 0.7));
    sum += double(v);
  }
  EXPECT_NEAR(sum / double(p.count), 1, 0.01);
  EXPECT_EQ(first, floats(run(family("dropout_grad")[0], test, 1)[0]));
  test.step += 1;
  EXPECT_NE(first, floats(run(kernel, test, 1)[0]));
}

TEST(Dropout, DropsAndKeepsWholeGroups) {
  Elementwise p{.count = 3000, .group = 3, .alpha = 0.25};
  Tensor ones(Shape{p.count});
  for (float& v : ones.as<float>()) v = 1;
  const std::vector<float> y =
      floats(run(family("dropout")[0], {"dropout", p, {ones}, {{p.count}}}, 1)[0]);
  int kept = 0;
  for (std::size_t i = 0; i < y.size(); i += 3) {
    EXPECT_TRUE(y[i] == 0 || y[i] == float(1 / 0.75));
    EXPECT_TRUE(y[i] == y[i + 1] && y[i] == y[i + 2]);
    kept += y[i] != 0;
  }
  EXPECT_NEAR(kept, 750, 60);
}

}  // namespace
}  // namespace noyau::kernels::testing
