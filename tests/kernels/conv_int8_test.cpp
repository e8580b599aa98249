#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "conv_problems.hpp"
#include "kernels/conv/int8/int8.hpp"

namespace noyau::kernels::testing {
namespace {

std::int64_t column_elements(const Conv& c) { return c.in_channels * pixels(c.kernel); }

Conv square(std::int64_t batch, std::int64_t in_channels, std::int64_t out_channels,
            std::int64_t extent, std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
  Conv c =
      square_conv(Numerics::int8, batch, in_channels, out_channels, extent, kernel, stride, pad);
  c.constant_weights = true;
  return c;
}

bool draw_conv(Draw& draw, Conv& c) {
  c = Conv{};
  c.numerics = Numerics::int8;
  c.constant_weights = true;
  return draw_dense(draw, c, 3, 12, 290);
}

std::vector<Conv> shapes() {
  std::vector<Conv> list = {
      square(3, 15, 17, 1, 3, 1, 1),     // one pixel, all else padding
      square(2, 64, 64, 14, 3, 1, 1),    // taps of a row side by side, whole vectors
      square(2, 300, 48, 9, 3, 1, 1),    // pixels set apart
      square(1, 1100, 33, 7, 1, 1, 0),   // likewise
      square(2, 3, 64, 37, 7, 2, 3),     // a stem
      square(2, 16, 16, 9, 1, 3, 0),     // pixels that are not read
      square(1, 12, 12, 150, 3, 1, 1),   // rows longer than a task
      square(9, 80, 70, 7, 3, 1, 1),     // several rows to a task
      square(4, 48, 96, 73, 1, 1, 0),    // a picture in one row
      square(70, 40, 30, 1, 1, 1, 0),    // pictures as rows
      square(1, 2048, 100, 1, 1, 1, 0),  // the last layer for one picture
      square(5, 40, 200, 6, 6, 1, 0),    // a window of the whole picture
  };
  Draw draw(17);
  Conv c;
  while (list.size() < 300)
    if (draw_conv(draw, c)) list.push_back(c);
  return list;
}

Case forward(const Conv& c, Draw& draw) {
  return forward_case(c, draw.tensor(x_elements(c), draw.coin() ? -1 : 0, draw.coin() ? 1 : 5),
                      draw);
}

const Kernel& int8() {
  return *std::ranges::find(family("conv"), std::string_view("int8"), &Kernel::name);
}

// The numbers that the integers of a picture stand for.
void round_picture(std::span<float> x) {
  const float least = std::min(0.0f, *std::ranges::min_element(x));
  const float largest = std::max(0.0f, *std::ranges::max_element(x));
  const float scale = (largest - least) / 255;
  if (scale == 0) return;
  const float zero = std::nearbyint(-least / scale), inverse = 1 / scale;
  for (float& v : x)
    v = scale * (std::clamp(std::nearbyint(v * inverse) + zero, 0.0f, 255.0f) - zero);
}

void round_column(std::span<float> w) {
  float largest = 0;
  for (const float v : w) largest = std::max(largest, std::abs(v));
  const float scale = largest / 127, factor = 127 / largest;
  for (float& v : w) v = scale * std::nearbyint(v * factor);
}

void round_inputs(Case& test) {
  const auto& c = std::get<Conv>(test.problem);
  const auto x = test.inputs[0].as<float>(), w = test.inputs[1].as<float>();
  const auto picture = x.size() / std::size_t(c.batch);
  for (std::size_t i = 0; i < x.size(); i += picture) round_picture(x.subspan(i, picture));
  const auto column = std::size_t(column_elements(c));
  for (std::size_t i = 0; i < w.size(); i += column) round_column(w.subspan(i, column));
}

Tensor doubles(const Tensor& tensor) {
  if (tensor.raw() == nullptr) return {};
  Tensor result(tensor.shape(), DType::f64);
  std::ranges::copy(tensor.as<float>(), result.as<double>().begin());
  return result;
}

// Computed in double precision: in f32 the sums of the reference are further off.
Tensor reference(Case test) {
  std::get<Conv>(test.problem).dtype = DType::f64;
  for (Tensor& input : test.inputs) input = doubles(input);
  test.outputs[0].dtype = DType::f64;
  const Tensor y = std::move(run_reference(test)[0]);
  Tensor result(y.shape());
  std::ranges::copy(y.as<double>(), result.as<float>().begin());
  return result;
}

#define SKIP_WITHOUT_VNNI() \
  if (!has_int8()) GTEST_SKIP() << "this processor has no AVX512_VNNI"

TEST(ConvInt8, EqualsTheReferenceOnWhatTheIntegersStandFor) {
  SKIP_WITHOUT_VNNI();
  Draw draw(5);
  int threads = 2;
  for (const Conv& c : shapes()) {
    Case test = forward(c, draw);
    ASSERT_EQ(int8().refuse(c), "") << to_string(test.problem);
    const Results one = run(int8(), test, 1), several = run(int8(), test, threads);
    ASSERT_TRUE(same_first_output(one, several)) << to_string(test.problem) << ", " << threads;
    if (c.residual) {
      ASSERT_TRUE(same_first_output(one, run(int8(), test, threads, true)))
          << to_string(test.problem);
    }
    round_inputs(test);
    ASSERT_LE(largest_difference(one[0], reference(test)), 1e-5) << to_string(test.problem);
    threads = threads == 4 ? 2 : threads + 1;
  }
}

TEST(ConvInt8, AllZerosStayZero) {
  SKIP_WITHOUT_VNNI();
  Draw draw(3);
  Case test = forward(square(2, 16, 16, 5, 3, 1, 1), draw);
  std::ranges::fill(test.inputs[0].as<float>(), 0.0f);
  for (const float y : floats(run(int8(), test, 1)[0])) EXPECT_EQ(y, 0);
}

TEST(ConvInt8, APictureDoesNotDependOnItsNeighbours) {
  SKIP_WITHOUT_VNNI();
  Draw draw(3);
  for (const std::int64_t extent : {1, 9}) {
    Case test = forward(square(2, 40, 20, extent, 1, 1, 0), draw);
    const std::vector<float> before = floats(run(int8(), test, 1)[0]);
    const auto x = test.inputs[0].as<float>();
    for (float& v : x.subspan(x.size() / 2)) v *= 100;
    const std::vector<float> after = floats(run(int8(), test, 1)[0]);
    for (std::size_t i = 0; i < before.size() / 2; ++i) EXPECT_EQ(before[i], after[i]);
    EXPECT_NE(before.back(), after.back());
  }
}

// A number that no integer can stand for must not vanish: its picture shows it.
TEST(ConvInt8, ANaNAndAnInfinityStayInTheirPicture) {
  SKIP_WITHOUT_VNNI();
  for (const float wrong : {NAN, INFINITY, -INFINITY}) {
    Draw draw(3);
    Case test = forward(square(2, 16, 16, 12, 3, 1, 1), draw);
    test.inputs[0].as<float>()[7] = wrong;
    const std::vector<float> y = floats(run(int8(), test, 1)[0]);
    for (std::size_t i = 0; i < y.size(); ++i)
      EXPECT_EQ(std::isfinite(y[i]), i >= y.size() / 2) << wrong << " at " << i;
  }
}

// 255 * 127 as often as is allowed, of either sign, and padding that counts as zero.
TEST(ConvInt8, TheLargestSumsFit) {
  SKIP_WITHOUT_VNNI();
  for (const float sign : {1.0f, -1.0f}) {
    Draw draw(3);
    Case test = forward(square(2, 65536, 12, 1, 1, 1, 0), draw);
    std::ranges::fill(test.inputs[0].as<float>(), sign);
    std::ranges::fill(test.inputs[1].as<float>(), 1.0f);
    for (const float y : floats(run(int8(), test, 1)[0])) EXPECT_NEAR(y / 65536, sign, 1e-6);
  }
}

TEST(ConvInt8, RefusesTheRestWithAReason) {
  SKIP_WITHOUT_VNNI();
  const Conv good = square(8, 64, 64, 56, 3, 1, 1);
  const auto reason = [&](const auto& change) {
    Conv c = good;
    change(c);
    return int8().refuse(c);
  };
  EXPECT_EQ(reason([](Conv&) {}), "");
  EXPECT_EQ(reason([](Conv& c) { c.numerics = Numerics::fast; }), "numerics is not int8");
  EXPECT_EQ(reason([](Conv& c) { c.constant_weights = false; }), "weights change from run to run");
  EXPECT_EQ(reason([](Conv& c) { c.dtype = DType::f64; }), "only f32");
  EXPECT_EQ(reason([](Conv& c) { c.groups = 2; }), "several groups");
  EXPECT_EQ(reason([](Conv& c) { c.in_channels = 2; }), "too few channels");
  EXPECT_EQ(reason([](Conv& c) { c.in_channels = 7282; }), "a sum of more than 65536 products");
  EXPECT_EQ(reason([](Conv& c) { c.kernel = {1, 33, 1}; }), "a kernel extent above 32");
  EXPECT_EQ(reason([](Conv& c) { c.statistics = true; }), "makes no statistics of y");
  use_target("SCALAR");
  EXPECT_EQ(reason([](Conv&) {}), "this processor has no AVX512_VNNI");
  use_target("");
}

}  // namespace
}  // namespace noyau::kernels::testing
