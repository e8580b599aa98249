#include <gtest/gtest.h>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

using Mode = Resize::Mode;

std::int64_t volume_of(const Dims& d) { return d[0] * d[1] * d[2]; }

Resize draw_resize(Draw& draw, int i) {
  Resize p;
  p.batch = draw.integer(1, 2);
  p.channels = i % 3 == 0 ? draw.one_of({1, 3, 8, 16, 17, 64}) : draw.integer(1, 40);
  for (std::size_t a = i % 6 == 0 ? 0 : 1; a < 3; ++a) {
    const std::int64_t most = i % 6 == 0 ? 6 : 14;
    p.in[a] = draw.integer(1, most);
    p.out[a] = draw.integer(0, 4) == 0 ? p.in[a] : draw.integer(1, most);
  }
  p.mode = Mode(draw.integer(0, 3));
  const bool smooth = p.mode == Mode::linear || p.mode == Mode::cubic;
  const std::int64_t choice = smooth ? draw.integer(0, 2) : 0;
  p.align_corners = choice == 1;
  p.antialias = choice == 2;
  return p;
}

Case make_case(Draw& draw, std::string_view family, const Resize& p) {
  const std::int64_t in = p.batch * volume_of(p.in) * p.channels;
  const std::int64_t out = p.batch * volume_of(p.out) * p.channels;
  const bool grad = family == "resize_grad";
  return {family, p, {draw.tensor(grad ? out : in)}, {{grad ? in : out}}, 3e-6};
}

void check_family(std::string_view family) {
  Draw draw(91);
  std::vector<Case> cases;
  for (int i = 0; i < 600; ++i) cases.push_back(make_case(draw, family, draw_resize(draw, i)));
  Resize large;
  large.batch = 2;
  large.channels = 33;
  large.in = {1, 30, 41};
  large.out = {1, 47, 36};
  large.mode = Mode::linear;
  cases.push_back(make_case(draw, family, large));
  check_threads(cases.back());
  check_all(cases);
}

TEST(Resize, EqualsReference) { check_family("resize"); }
TEST(ResizeGrad, EqualsReference) { check_family("resize_grad"); }

struct Example {
  Mode mode;
  bool align_corners;
  std::vector<float> y;  // of 0 2 4, stretched to 6 (5 with corners aligned)
};

TEST(Resize, ByHand) {
  const Example examples[] = {
      {Mode::nearest, false, {0, 0, 2, 2, 4, 4}},
      {Mode::nearest_exact, false, {0, 0, 2, 2, 4, 4}},
      {Mode::linear, false, {0, 0.5, 1.5, 2.5, 3.5, 4}},
      {Mode::linear, true, {0, 1, 2, 3, 4}},
  };
  for (const Example& example : examples) {
    Resize p;
    p.in = {1, 1, 3};
    p.out = {1, 1, std::int64_t(example.y.size())};
    p.mode = example.mode;
    p.align_corners = example.align_corners;
    for (const Kernel& kernel : family("resize")) {
      const Case test{"resize", p, {tensor_of({0.f, 2.f, 4.f})}, {{p.out[2]}}};
      EXPECT_EQ(floats(run(kernel, test, 1)[0]), example.y) << to_string(test.problem);
    }
  }
}

TEST(ResizeGrad, ByHand) {
  Resize p;
  p.in = {1, 1, 3};
  p.out = {1, 1, 5};
  p.mode = Mode::linear;
  p.align_corners = true;
  for (const Kernel& kernel : family("resize_grad")) {
    const Case test{"resize_grad", p, {tensor_of({1.f, 2.f, 4.f, 6.f, 8.f})}, {{3}}};
    EXPECT_EQ(floats(run(kernel, test, 1)[0]), (std::vector<float>{2, 8, 11}));
  }
}

// Nearest positions that are not read have no gradient.
TEST(ResizeGrad, SkipsWhatWasNotRead) {
  Resize p;
  p.in = {1, 1, 4};
  p.out = {1, 1, 2};
  for (const Kernel& kernel : family("resize_grad")) {
    const Case test{"resize_grad", p, {tensor_of({1.f, 2.f})}, {{4}}};
    EXPECT_EQ(floats(run(kernel, test, 1)[0]), (std::vector<float>{1, 0, 2, 0}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
