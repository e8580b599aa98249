#include <gtest/gtest.h>

#include "kernels/harness.hpp"

namespace noyau::kernels::testing {
namespace {

using Reduction = CrossEntropy::Reduction;

Loss draw_loss(Draw& draw, std::int64_t rows) {
  Loss p;
  p.channels = draw.coin() ? draw.integer(1, 70) : draw.one_of({1, 2, 3, 80, 1000});
  p.count = rows * p.channels;
  p.kind = Loss::Kind(draw.integer(0, 1));
  p.reduction = Reduction(draw.integer(0, 2));
  if (p.kind == Loss::Kind::sigmoid_cross_entropy) {
    p.positive_weight = draw.coin();
    p.weight = Loss::Weight(draw.integer(0, 2));
  }
  return p;
}

Case make_case(Draw& draw, std::string_view family, const Loss& p) {
  const std::int64_t losses = p.reduction == Reduction::none ? p.count : 1;
  Case test{family, p, {draw.tensor(p.count, -9, 9), draw.tensor(p.count, 0, 1)}, {{losses}}, 3e-6};
  if (p.kind == Loss::Kind::sigmoid_cross_entropy) {
    test.inputs.push_back(p.positive_weight ? draw.tensor(p.channels, 0.5, 2) : Tensor());
    test.inputs.push_back(
        p.weight == Loss::Weight::none
            ? Tensor()
            : draw.tensor(p.weight == Loss::Weight::per_element ? p.count : p.channels, 0, 1));
  }
  if (family == "loss_grad") {
    test.inputs.push_back(draw.tensor(losses));
    test.outputs[0].elements = p.count;
  }
  return test;
}

void check_family(std::string_view family) {
  Draw draw(71);
  std::vector<Case> cases;
  for (int i = 0; i < 500; ++i) {
    cases.push_back(make_case(draw, family, draw_loss(draw, draw.integer(1, 40))));
  }
  for (int i = 0; i < 4; ++i) {
    cases.push_back(make_case(draw, family, draw_loss(draw, 5001)));
    check_threads(cases.back());
  }
  check_all(cases);
}

TEST(Loss, EqualsReference) { check_family("loss"); }
TEST(Loss, GradEqualsReference) { check_family("loss_grad"); }

TEST(Loss, LargeLogitsStayFinite) {
  for (const Kernel& k : family("loss")) {
    Loss p{.count = 4,
           .channels = 4,
           .kind = Loss::Kind::sigmoid_cross_entropy,
           .reduction = Reduction::none};
    const Case test{
        "loss",
        p,
        {tensor_of({1000.f, -1000.f, 1000.f, -1000.f}), tensor_of({1.f, 0.f, 0.f, 1.f})},
        {{4}}};
    EXPECT_EQ(floats(run(k, test, 1)[0]), (std::vector<float>{0, 0, 1000, 1000})) << k.name;
  }
}

TEST(Loss, SquaredErrorByHand) {
  Loss p{.count = 2, .channels = 2};
  for (const Kernel& k : family("loss")) {
    const Case test{"loss", p, {tensor_of({1.f, 5.f}), tensor_of({3.f, 4.f})}, {{1}}};
    EXPECT_EQ(floats(run(k, test, 1)[0]), (std::vector<float>{2.5})) << k.name;
  }
  for (const Kernel& k : family("loss_grad")) {
    const Case test{
        "loss_grad", p, {tensor_of({1.f, 5.f}), tensor_of({3.f, 4.f}), tensor_of({10.f})}, {{2}}};
    EXPECT_EQ(floats(run(k, test, 1)[0]), (std::vector<float>{-20, 10})) << k.name;
  }
}

}  // namespace
}  // namespace noyau::kernels::testing
