#include <gtest/gtest.h>

#include <functional>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

Reduce draw_reduce(Draw& draw, int i, bool middle) {
  Reduce p;
  p.inner = i % 2 == 0 ? draw.integer(1, 70) : draw.one_of({1, 3, 10, 16, 64, 128, 130, 257});
  p.middle = middle ? draw.integer(1, 60) : 1;
  p.outer = middle ? draw.integer(1, 5) : draw.integer(1, 1100);
  return p;
}

Case make_case(Draw& draw, std::string_view family, const Reduce& p) {
  const std::int64_t all = p.outer * p.middle * p.inner, means = p.outer * p.inner;
  Case test{family, p, {}, {{all}}, 5e-6};
  if (family == "global_avg_pool") test.outputs[0].elements = means;
  if (family == "sum_rows") test.outputs[0].elements = p.inner;
  test.inputs.push_back(draw.tensor(family == "global_avg_pool_grad" ? means : all));
  return test;
}

void check_family(std::string_view family) {
  Draw draw(31);
  std::vector<Case> cases;
  const bool middle = family != "sum_rows";
  for (int i = 0; i < 500; ++i) {
    cases.push_back(make_case(draw, family, draw_reduce(draw, i, middle)));
  }
  Reduce large;
  large.outer = middle ? 9 : 5001;
  large.middle = middle ? 200 : 1;
  large.inner = 33;
  cases.push_back(make_case(draw, family, large));
  check_threads(cases.back());
  check_all(cases);
}

TEST(Reduce, GlobalAvgPool) { check_family("global_avg_pool"); }
TEST(Reduce, GlobalAvgPoolGrad) { check_family("global_avg_pool_grad"); }
TEST(Reduce, SumRows) { check_family("sum_rows"); }
TEST(Reduce, TransposeMiddle) { check_family("transpose_middle"); }

std::vector<float> result(const Kernel& kernel, Reduce p, Tensor input, std::int64_t elements) {
  Case test{kernel.family, p, {std::move(input)}, {{elements}}};
  return floats(run(kernel, test, 1)[0]);
}

TEST(Reduce, ByHand) {
  Reduce p;
  p.middle = 2;
  p.inner = 3;
  const auto x = [] { return tensor_of({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}); };
  for (const Kernel& k : family("global_avg_pool")) {
    EXPECT_EQ(result(k, p, x(), 3), (std::vector<float>{2.5, 3.5, 4.5}));
  }
  for (const Kernel& k : family("global_avg_pool_grad")) {
    EXPECT_EQ(result(k, p, tensor_of({2.f, 4.f, 6.f}), 6), (std::vector<float>{1, 2, 3, 1, 2, 3}));
  }
  for (const Kernel& k : family("transpose_middle")) {
    EXPECT_EQ(result(k, p, x(), 6), (std::vector<float>{1, 4, 2, 5, 3, 6}));
  }
  p.outer = 2;
  p.middle = 1;
  for (const Kernel& k : family("sum_rows")) {
    EXPECT_EQ(result(k, p, x(), 3), (std::vector<float>{5, 7, 9}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
