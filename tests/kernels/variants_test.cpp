// Variants of a kernel give the same bits.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "harness.hpp"
#include "kernels/conv/conv.hpp"

namespace noyau::kernels::testing {
namespace {

std::int64_t pixels(const Dims& d) { return d[0] * d[1] * d[2]; }

struct Shape2d {
  std::int64_t batch, in_channels, out_channels, extent, kernel, stride, pad, groups;
};

Conv conv_of(const Shape2d& s) {
  Conv c;
  c.batch = s.batch;
  c.in_channels = s.in_channels;
  c.out_channels = s.out_channels;
  c.groups = s.groups;
  const std::int64_t out = (s.extent + 2 * s.pad - s.kernel) / s.stride + 1;
  c.in = {1, s.extent, s.extent};
  c.out = {1, out, out};
  c.kernel = {1, s.kernel, s.kernel};
  c.stride = {1, s.stride, s.stride};
  c.pad = {0, s.pad, s.pad};
  return c;
}

// Read in place and copied, one block of the reduction and several, few tasks and many, strides,
// groups, tails of vectors; Winograd in blocks and in chunks.
constexpr Shape2d kShapes[] = {
    {1, 64, 200, 14, 1, 1, 0, 1}, {2, 96, 40, 29, 1, 1, 0, 1},   {1, 1024, 70, 7, 1, 1, 0, 1},
    {1, 1100, 33, 5, 1, 1, 0, 1}, {1, 2048, 300, 3, 1, 1, 0, 1}, {3, 5, 7, 31, 3, 1, 1, 1},
    {1, 3, 16, 120, 3, 2, 1, 1},  {1, 512, 64, 7, 3, 2, 1, 1},   {2, 24, 36, 17, 5, 3, 2, 3},
    {1, 16, 8, 150, 3, 1, 1, 1},  {2, 64, 64, 14, 3, 1, 1, 1},   {1, 64, 96, 60, 3, 1, 1, 1},
    {1, 256, 260, 9, 3, 1, 1, 1}, {40, 33, 300, 1, 1, 1, 0, 1},  {1, 48, 48, 20, 1, 2, 0, 1},
};

Case case_of(std::string_view family, const Conv& c, Draw& draw) {
  const std::int64_t x = c.batch * pixels(c.in) * c.in_channels;
  const std::int64_t y = c.batch * pixels(c.out) * c.out_channels;
  const bool forward = family == "conv";
  const std::int64_t weights = c.out_channels * (c.in_channels / c.groups) * pixels(c.kernel);
  return {.family = family,
          .problem = c,
          .inputs = {draw.tensor(forward ? x : y), draw.tensor(weights), Tensor(),
                     c.residual ? draw.tensor(forward ? y : x) : Tensor()},
          .outputs = {{forward ? y : x}}};
}

// How many variants were compared with variant 0.
int check_variants(const Case& test) {
  int compared = 0;
  for (const Kernel& kernel : family(test.family)) {
    if (kernel.variants == nullptr || !kernel.refuse(test.problem).empty()) continue;
    const Results usual = run(kernel, test, 1);
    for (int v = 1; v < kernel.variants(test.problem); ++v, ++compared) {
      Case other = test;
      std::get<Conv>(other.problem).variant = v;
      const Results results = run(kernel, other, 2);
      EXPECT_EQ(std::memcmp(usual[0].raw(), results[0].raw(), usual[0].bytes()), 0)
          << kernel.family << "/" << kernel.name << " on " << target() << ", variant " << v
          << " of " << to_string(test.problem);
    }
  }
  return compared;
}

TEST(Variants, GiveTheSameBits) {
  Draw draw(23);
  for (const std::string& name : targets()) {
    use_target(name);
    for (const char* family : {"conv", "conv_grad_input"}) {
      for (const Shape2d& shape : kShapes) {
        Conv c = conv_of(shape);
        c.numerics = Numerics::fast;
        c.residual = draw.coin();
        EXPECT_GE(check_variants(case_of(family, c, draw)), 3) << to_string(Problem(c));
      }
    }
  }
  use_target("");
}

TEST(Variants, LeaveThePiecesOfStatisticsAlone) {
  Conv c = conv_of(kShapes[0]);
  const Kernel& brgemm = *std::ranges::find(family("conv"), "brgemm", &Kernel::name);
  EXPECT_EQ(brgemm.variants(c), 5);
  c.statistics = true;  // only the cut of the columns may vary
  EXPECT_EQ(brgemm.variants(c), 2);
}

}  // namespace
}  // namespace noyau::kernels::testing
