#include "kernels/grouped/grouped.hpp"

#include <gtest/gtest.h>

#include "carried.hpp"
#include "harness.hpp"

namespace noyau::kernels::testing {
namespace {

Conv grouped(std::int64_t channels, std::int64_t groups, std::int64_t extent, std::int64_t stride) {
  Conv c;
  c.batch = 2;
  c.in_channels = c.out_channels = channels;
  c.groups = groups;
  c.in = {1, extent, extent};
  c.kernel = {1, 3, 3};
  c.stride = {1, stride, stride};
  c.pad = {0, 1, 1};
  c.out = {1, (extent - 1) / stride + 1, (extent - 1) / stride + 1};
  return c;
}

// Any padding below the kernel, before and after, and blocks of channels that overlap.
Conv draw_grouped(Draw& draw) {
  for (;;) {
    const std::int64_t group = draw.one_of({4, 8, 16});
    const std::int64_t groups = draw.integer(16 / group, 80 / group);
    Conv c = grouped(group * groups, groups, 1, draw.integer(1, 2));
    if (groups < 2) continue;
    bool fits = true;
    for (const std::size_t a : {1, 2}) {
      c.in[a] = draw.integer(1, 19);
      c.pad[a] = draw.integer(0, 2);
      const std::int64_t room = c.in[a] + c.pad[a] + draw.integer(0, 2) - 3;
      fits = fits && room >= 0;
      c.out[a] = room / c.stride[a] + 1;
    }
    c.batch = draw.integer(1, 3);
    c.bias = draw.coin();
    c.activation = Activation(draw.integer(0, 2));
    if (fits) return c;
  }
}

Case make_case(Draw& draw, std::string_view name, const Conv& c) {
  const std::int64_t x = c.batch * c.in[1] * c.in[2] * c.in_channels;
  const std::int64_t y = c.batch * c.out[1] * c.out[2] * c.out_channels;
  const std::int64_t weights = c.out_channels * (c.in_channels / c.groups) * 9;
  Case test{name, c, {}, {}, 1e-5};
  if (name == "conv_grad_weight") {
    test.inputs = {draw.tensor(x), draw.tensor(y)};
    test.outputs = {{weights}};
    return test;
  }
  test.inputs = {draw.tensor(name == "conv" ? x : y), draw.tensor(weights, -4, 4),
                 c.bias ? draw.tensor(c.out_channels) : Tensor()};
  test.outputs = {{name == "conv" ? y : x}};
  return test;
}

void check_family(std::string_view name) {
  Draw draw(23);
  std::vector<Case> cases;
  for (int i = 0; i < 250; ++i) {
    const Conv c = draw_grouped(draw);
    EXPECT_EQ(refuse_grouped(c), "") << to_string(Problem(c));
    cases.push_back(make_case(draw, name, c));
  }
  check_all(cases);
  for (const std::int64_t stride : {1, 2}) {
    check_threads(make_case(draw, name, grouped(64, 16, 33, stride)));
    check_threads(make_case(draw, name, grouped(128, 8, 21, stride)));
  }
}

TEST(GroupedConv, Forward) { check_family("conv"); }
TEST(GroupedConv, GradInput) { check_family("conv_grad_input"); }
TEST(GroupedConv, GradWeight) { check_family("conv_grad_weight"); }

Case with_norms(Draw& draw, std::string_view name, Conv c) {
  draw_norms(c, name, draw);
  Case test = make_case(draw, name, c);
  add_norms(test, draw);
  test.tolerance = 1e-4;  // the products are larger than what relu6 leaves
  return test;
}

TEST(GroupedConv, TakesOverNorms) {
  for (const std::string_view name : {"conv", "conv_grad_input", "conv_grad_weight"}) {
    Draw draw(24);
    std::vector<Case> cases;
    for (int i = 0; i < 300; ++i) cases.push_back(with_norms(draw, name, draw_grouped(draw)));
    check_all(cases);
    for (int i = 0; i < 4; ++i) {
      check_threads(with_norms(draw, name, grouped(64, 16, 33, 1 + i % 2)));
      check_threads(with_norms(draw, name, grouped(128, 8, 21, 1 + i % 2)));
    }
  }
}

TEST(GroupedConv, RefusesWithAReason) {
  Conv c = grouped(96, 8, 9, 1);
  EXPECT_NE(refuse_grouped(c).find("groups of 4, 8 and 16"), std::string::npos);
  c = grouped(64, 16, 9, 1);
  c.out_channels = 128;
  EXPECT_NE(refuse_grouped(c).find("as many in as out"), std::string::npos);
  EXPECT_NE(refuse_grouped(grouped(16, 1, 9, 1)).find("one group"), std::string::npos);
  EXPECT_NE(refuse_grouped(grouped(8, 2, 9, 1)).find("16 channels"), std::string::npos);
  EXPECT_NE(refuse_grouped(grouped(64, 16, 9, 3)).find("strides"), std::string::npos);
  c = grouped(64, 16, 9, 1);
  c.kernel = {1, 5, 5};
  EXPECT_NE(refuse_grouped(c).find("3x3"), std::string::npos);
  c = grouped(64, 16, 9, 1);
  c.residual = true;
  EXPECT_NE(refuse_grouped(c).find("residual"), std::string::npos);
  c = grouped(64, 16, 9, 1);
  c.dtype = DType::f64;
  EXPECT_NE(refuse_grouped(c).find("f64"), std::string::npos);
}

}  // namespace
}  // namespace noyau::kernels::testing
