#include <gtest/gtest.h>

#include <cmath>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

Channels draw_channels(Draw& draw, std::int64_t most_blocks) {
  Channels p;
  p.rows = draw.one_of({1, 2, 7, 60, 333});
  p.before = draw.coin() ? 0 : draw.integer(1, 20);
  p.after = draw.coin() ? 0 : draw.integer(1, 20);
  const std::int64_t blocks = draw.integer(1, most_blocks);
  for (std::int64_t i = 0; i < blocks; ++i) p.widths.push_back(draw.integer(1, 70));
  return p;
}

Case concat(Draw& draw, const Channels& p) {
  Case test{"concat", p, {}, {{p.rows * p.channels()}}, 0};
  for (const std::int64_t width : p.widths) test.inputs.push_back(draw.tensor(p.rows * width));
  return test;
}

Case slice(Draw& draw, const Channels& p) {
  return {"slice_channels", p, {draw.tensor(p.rows * p.channels())}, {{p.rows * p.widths[0]}}, 0};
}

TEST(Channels, ConcatEqualsReference) {
  Draw draw(41);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) cases.push_back(concat(draw, draw_channels(draw, 32)));
  cases.push_back(concat(draw, {.rows = 5000, .widths = {3, 16, 1}}));
  check_threads(cases.back());
  check_all(cases);
}

// Into a tensor of which others wrote parts: what surrounds the blocks, and those without an input,
// stay as they are.
TEST(Channels, ConcatIntoAWiderTensorEqualsReference) {
  Draw draw(43);
  std::vector<Case> cases;
  for (int i = 0; i < 200; ++i) {
    Channels p = draw_channels(draw, 6);
    p.keep = true;
    cases.push_back(concat(draw, p));
    for (Tensor& input : cases.back().inputs)
      if (draw.coin()) input = Tensor();
  }
  check_all(cases);
}

TEST(Channels, SliceEqualsReference) {
  Draw draw(42);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) cases.push_back(slice(draw, draw_channels(draw, 1)));
  cases.push_back(slice(draw, {.rows = 5000, .before = 3, .after = 1, .widths = {16}}));
  check_threads(cases.back());
  check_all(cases);
}

TEST(Channels, ByHand) {
  for (const Kernel& k : family("concat")) {
    Case test{"concat",
              Channels{.rows = 2, .after = 1, .widths = {1, 2}},
              {tensor_of({1.f, 2.f}), tensor_of({3.f, 4.f, 5.f, 6.f})},
              {{8}}};
    EXPECT_EQ(floats(run(k, test, 1)[0]), (std::vector<float>{1, 3, 4, 0, 2, 5, 6, 0})) << k.name;
  }
  for (const Kernel& k : family("concat")) {
    Case test{"concat",
              Channels{.rows = 2, .before = 1, .keep = true, .widths = {1, 1}},
              {tensor_of({1.f, 2.f}), Tensor()},
              {{6}}};
    const std::vector<float> y = floats(run(k, test, 1)[0]);
    EXPECT_EQ(y[1], 1) << k.name;
    EXPECT_EQ(y[4], 2) << k.name;
    for (const int untouched : {0, 2, 3, 5}) EXPECT_TRUE(std::isnan(y[untouched])) << k.name;
  }
  for (const Kernel& k : family("slice_channels")) {
    Case test{"slice_channels",
              Channels{.rows = 2, .before = 1, .widths = {2}},
              {tensor_of({1.f, 2.f, 3.f, 4.f, 5.f, 6.f})},
              {{4}}};
    EXPECT_EQ(floats(run(k, test, 1)[0]), (std::vector<float>{2, 3, 5, 6})) << k.name;
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
