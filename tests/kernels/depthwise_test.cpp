#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "kernels/carried.hpp"
#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

std::int64_t volume_of(const Dims& d) { return d[0] * d[1] * d[2]; }

bool draw_axis(Draw& draw, Conv& p, std::size_t a) {
  p.kernel[a] = draw.integer(1, 5);
  p.in[a] = draw.integer(1, 15);
  p.stride[a] = draw.integer(1, 3) + (draw.integer(0, 9) == 0 ? 4 : 0);
  p.dilation[a] = draw.integer(1, 3);
  p.pad[a] = draw.integer(0, 3);
  const std::int64_t after = draw.integer(0, 3);
  const std::int64_t room = p.in[a] + p.pad[a] + after - p.dilation[a] * (p.kernel[a] - 1) - 1;
  if (room < 0) return false;
  p.out[a] = room / p.stride[a] + 1;
  return true;
}

void set_channels(Conv& p, std::int64_t channels) {
  p.in_channels = p.out_channels = p.groups = channels;
}

Conv draw_conv(Draw& draw, int i) {
  for (;;) {
    Conv p;
    p.batch = draw.integer(1, 3);
    set_channels(p, i % 3 == 0 ? draw.one_of({1, 8, 16, 17, 32, 33, 64}) : draw.integer(1, 50));
    bool fits = draw_axis(draw, p, 1) && draw_axis(draw, p, 2);
    if (i % 8 == 0) fits = draw_axis(draw, p, 0) && fits;
    p.bias = draw.coin();
    p.activation = Activation(draw.integer(0, 2));
    if (fits) return p;
  }
}

// What the sliding kernels take: square kernels, stride 1 and 2, any padding below the kernel.
Conv draw_square(Draw& draw) {
  for (;;) {
    Conv p;
    p.batch = draw.integer(1, 3);
    set_channels(p, draw.coin() ? draw.integer(16, 70) : draw.one_of({16, 32, 40, 256}));
    const std::int64_t kernel = draw.one_of({3, 3, 5, 7}), stride = draw.integer(1, 2);
    bool fits = true;
    for (const std::size_t a : {1, 2}) {
      p.kernel[a] = kernel;
      p.stride[a] = stride;
      p.in[a] = draw.integer(1, 17);
      p.pad[a] = draw.integer(0, kernel - 1);
      const std::int64_t room = p.in[a] + p.pad[a] + draw.integer(0, kernel - 1) - kernel;
      fits = fits && room >= 0;
      p.out[a] = room / stride + 1;
    }
    p.bias = draw.coin();
    p.activation = Activation(draw.integer(0, 2));
    if (fits) return p;
  }
}

Conv usual(std::int64_t channels, std::int64_t extent, std::int64_t stride,
           std::int64_t kernel = 3) {
  Conv p;
  p.batch = 2;
  set_channels(p, channels);
  p.in = {1, extent, extent};
  p.kernel = {1, kernel, kernel};
  p.stride = {1, stride, stride};
  p.pad = {0, kernel / 2, kernel / 2};
  p.out = {1, (extent - 1) / stride + 1, (extent - 1) / stride + 1};
  return p;
}

Case make_case(Draw& draw, std::string_view family, const Conv& p) {
  const std::int64_t in = p.batch * volume_of(p.in) * p.in_channels;
  const std::int64_t out = p.batch * volume_of(p.out) * p.out_channels;
  const std::int64_t weights = volume_of(p.kernel) * p.out_channels;
  Case test{family, p, {}, {}, 1e-5};
  if (family == "depthwise") {
    test.inputs = {draw.tensor(in), draw.tensor(weights, -4, 4),
                   p.bias ? draw.tensor(p.out_channels) : Tensor()};
    test.outputs = {{out}};
  } else if (family == "depthwise_grad_input") {
    test.inputs = {draw.tensor(out), draw.tensor(weights),
                   p.bias ? draw.tensor(p.out_channels) : Tensor()};
    test.outputs = {{in}};
  } else {
    test.inputs = {draw.tensor(in), draw.tensor(out)};
    test.outputs = {{weights}};
  }
  return test;
}

void check_family(std::string_view family) {
  Draw draw(61);
  std::vector<Case> cases;
  for (int i = 0; i < 510; ++i) cases.push_back(make_case(draw, family, draw_conv(draw, i)));
  for (int i = 0; i < 300; ++i) cases.push_back(make_case(draw, family, draw_square(draw)));
  for (const std::int64_t stride : {1, 2}) {
    cases.push_back(make_case(draw, family, usual(32, 33, stride, 5)));
    check_threads(cases.back());
    cases.push_back(make_case(draw, family, usual(40, 57, stride)));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Depthwise, Forward) { check_family("depthwise"); }
TEST(Depthwise, GradInput) { check_family("depthwise_grad_input"); }
TEST(Depthwise, GradWeight) { check_family("depthwise_grad_weight"); }

Case normalised(Draw& draw, std::string_view family, Conv p) {
  p.normalised = true;
  p.input_activation = Activation(draw.integer(0, 2));
  Case test = make_case(draw, family, p);
  add_norms(test, draw);
  test.tolerance = 1e-4;  // the products are larger than what relu6 leaves
  return test;
}

// Rows too long to wait in a buffer, too.
TEST(Depthwise, TakesOverNorms) {
  for (const std::string_view family :
       {"depthwise", "depthwise_grad_input", "depthwise_grad_weight"}) {
    Draw draw(62);
    const auto drawn = [&](Conv p) {
      draw_norms(p, family, draw);
      Case test = make_case(draw, family, p);
      add_norms(test, draw);
      test.tolerance = 1e-4;  // the products are larger than what relu6 leaves
      return test;
    };
    std::vector<Case> cases;
    for (int i = 0; i < 400; ++i) cases.push_back(drawn(draw_square(draw)));
    for (const std::int64_t stride : {1, 2}) {
      cases.push_back(drawn(usual(24, 340, stride)));
      for (int i = 0; i < 4; ++i) check_threads(drawn(usual(40, 57, stride)));
    }
    check_all(cases);
  }
}

// A plan may normalise on the way in or ahead: the results must not tell which.
TEST(Depthwise, NormalisesWithTheBitsOfBatchNormApply) {
  for (const std::string_view name : {"depthwise", "depthwise_grad_weight"}) {
    Draw draw(63);
    for (int i = 0; i < 100; ++i) {
      Case test = normalised(draw, name, draw_square(draw));
      // One stays a NaN, which no activation takes away.
      test.inputs[0].as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
      Conv p = std::get<Conv>(test.problem);
      Norm norm;
      norm.channels = p.in_channels;
      norm.rows = p.batch * volume_of(p.in);
      norm.activation = p.input_activation;
      Case apply{"batch_norm_apply", norm, {}, {{norm.rows * norm.channels}}};
      apply.inputs = {test.inputs[0]};
      apply.inputs.insert(apply.inputs.end(), test.inputs.end() - 3, test.inputs.end());
      p.normalised = false;
      Case plain{name, p, test.inputs, test.outputs};
      for (const std::string& target : targets()) {
        use_target(target);
        plain.inputs[0] = run(family("batch_norm_apply")[0], apply, 1)[0];
        const Tensor got = run(family(name)[0], test, 1)[0],
                     want = run(family(name)[0], plain, 1)[0];
        EXPECT_EQ(std::memcmp(got.raw(), want.raw(), got.bytes()), 0)
            << target << ", " << to_string(test.problem);
      }
      use_target("");
    }
  }
}

std::string refusal(std::string_view name, const Conv& p) {
  for (const Kernel& kernel : family("depthwise")) {
    if (kernel.name == name) return kernel.refuse(p);
  }
  return "no such kernel";
}

TEST(Depthwise, RefusesWithAReason) {
  Conv p = usual(4, 40, 1);
  p.kernel = {1, 33, 33};
  EXPECT_NE(refusal("simd", p).find("1089"), std::string::npos);
  EXPECT_NE(refusal("sliding", p).find("3, 5 and 7"), std::string::npos);
  p = usual(40, 40, 1);
  p.dtype = DType::f64;
  EXPECT_NE(refusal("simd", p).find("f64"), std::string::npos);
  EXPECT_NE(refusal("sliding", p).find("f64"), std::string::npos);
  EXPECT_NE(refusal("sliding", usual(15, 40, 1)).find("16 channels"), std::string::npos);
  EXPECT_NE(refusal("sliding", usual(40, 40, 3)).find("strides"), std::string::npos);
  p = usual(40, 40, 1);
  p.dilation = {1, 2, 2};
  EXPECT_NE(refusal("sliding", p).find("dilation"), std::string::npos);
  p = usual(40, 40, 1);
  p.pad = {0, 3, 3};
  EXPECT_NE(refusal("sliding", p).find("padding"), std::string::npos);
}

// Runs the first kernel of a family with x at the start of a page and y `offset` floats after the
// start of another; what it wrote, one output after the other.
std::vector<float> run_at(std::string_view family_name, const Case& test, std::size_t offset) {
  const Kernel& kernel = family(family_name)[0];
  const Tensor source = test.inputs[0];
  const auto count = std::size_t(test.outputs[0].elements), page = std::size_t{1024};
  const std::size_t begin = (source.as<float>().size() / page + 1) * page + offset;
  const std::size_t floats = begin + count + page;
  std::vector<float> arena(floats + page);
  const std::size_t skip = page - reinterpret_cast<std::uintptr_t>(arena.data()) / 4 % page;
  float *x = arena.data() + skip, *y = x + begin;
  std::copy(source.as<float>().begin(), source.as<float>().end(), x);
  std::vector<std::byte> packed(kernel.packed_bytes(test.problem));
  ThreadPool pool(2);
  kernel.pack(test.problem, test.inputs[1].raw(), packed.data(), pool);
  std::vector<Tensor> others = test.inputs;  // statistics update some in place
  std::vector<const void*> inputs{x, packed.data()};
  for (std::size_t i = 2; i < others.size(); ++i) inputs.push_back(others[i].raw());
  std::vector<std::vector<float>> further;
  std::vector<void*> outputs{y};
  for (std::size_t i = 1; i < test.outputs.size(); ++i) {
    further.emplace_back(std::size_t(test.outputs[i].elements));
    outputs.push_back(further.back().empty() ? nullptr : further.back().data());
  }
  std::vector<std::byte> scratch(kernel.scratch_bytes(test.problem));
  kernel.run(test.problem, Args{inputs, outputs, scratch.data(), pool});
  std::vector<float> all(y, y + count);
  for (const auto& output : further) all.insert(all.end(), output.begin(), output.end());
  return all;
}

// Large results are written past the caches when their lines are whole, and stores wait when their
// addresses conflict with those of the loads; neither changes a bit.
TEST(Depthwise, BitsDoNotDependOnWhereTensorsLie) {
  Draw draw(5);
  for (const Conv& p : {usual(256, 20, 1), usual(256, 20, 2), usual(64, 200, 1)}) {
    for (const std::string_view name : {"depthwise", "depthwise_grad_input"}) {
      Case test = make_case(draw, name, p);
      Conv& c = std::get<Conv>(test.problem);
      c.statistics = name == "depthwise" && draw.coin();
      c.norm_grad = name == "depthwise_grad_input" && draw.coin();
      add_norms(test, draw);
      const std::vector<float> want = floats(run_reference(test)[0]);
      const std::vector<float> got = run_at(name, test, 0);
      for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4) << name << i;
      EXPECT_EQ(got, run_at(name, test, 17)) << name;
      EXPECT_EQ(got, run_at(name, test, 16)) << name;
    }
  }
}

// Two channels, three pixels in a row, kernel 1x2, padding 1 before.
TEST(Depthwise, ByHand) {
  Conv p;
  set_channels(p, 2);
  p.in = p.out = {1, 1, 3};
  p.kernel = {1, 1, 2};
  p.pad = {0, 0, 1};
  p.bias = true;
  const auto x = [] { return tensor_of({1.f, 10.f, 2.f, 20.f, 3.f, 30.f}); };
  const auto weight = [] { return tensor_of({1.f, 2.f, -1.f, 0.f}); };
  const auto dy = [] { return tensor_of({1.f, 0.f, 0.f, 1.f, 0.f, 0.f}); };
  for (std::size_t row = 1; row < 3; ++row) {  // the first takes no such kernel
    Case forward{"depthwise", p, {x(), weight(), tensor_of({0.f, 5.f})}, {{6}}};
    EXPECT_EQ(floats(run(family("depthwise")[row], forward, 1)[0]),
              (std::vector<float>{2, 5, 5, -5, 8, -15}));
    Case input{"depthwise_grad_input", p, {dy(), weight()}, {{6}}};
    EXPECT_EQ(floats(run(family("depthwise_grad_input")[row], input, 1)[0]),
              (std::vector<float>{2, -1, 0, 0, 0, 0}));
    Case weights{"depthwise_grad_weight", p, {x(), dy()}, {{4}}};
    EXPECT_EQ(floats(run(family("depthwise_grad_weight")[row], weights, 1)[0]),
              (std::vector<float>{0, 1, 10, 20}));
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
