#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/lower.hpp"
#include "runtime/session.hpp"
#include "zoo/zoo.hpp"

/// Every network of the zoo learns: a step along its gradient lowers the loss.
namespace noyau::zoo {
namespace {

constexpr std::int64_t kBatch = 4;

// Pictures of 32 pixels leave one pixel to the last stages, whose norms over four values amplify
// rounding: the loss of the deepest networks moves by some per cent from one instruction set to the
// next. So the step is judged with the sums it was tuned for.
struct Case {
  std::string name;
  nn::Conventions conventions = {};
};

class Training : public testing::TestWithParam<Case> {
 protected:
  Training()
      : pool_(2),
        weights_(graph(), 3),
        session_(plan::make_plan(graph(), {.numerics = Numerics::exact}), weights_, pool_) {
    Random random(7);
    for (float& pixel : session_.input<float>("x")) pixel = float(random.normal());
    std::int32_t label = 0;
    for (std::int32_t& target : session_.input<std::int32_t>("target")) target = label++;
  }

  const Graph& graph() {
    if (graph_.nodes().empty()) {
      const Variant& variant = find(GetParam().name);
      const ModelSpec spec{.name = GetParam().name,
                           .image_size = std::max<std::int64_t>(32, variant.smallest_image),
                           .classes = kBatch,
                           .batch = kBatch,
                           .training = true,
                           .drop = false,
                           .conventions = GetParam().conventions};
      graph_ =
          runtime::lower_training(passes::autodiff(build(spec)), {.numerics = Numerics::exact});
    }
    return graph_;
  }

  double loss() {
    session_.run();
    return double(session_.output<float>("loss")[0]);
  }

  double squared_gradient() {
    double squares = 0;
    for_each_parameter([&](Tensor&, std::span<const float> gradient) {
      for (const float g : gradient) squares += double(g) * double(g);
    });
    return squares;
  }

  // The loss falls by about `share` of itself where it is nearly linear.
  void step(double loss, double share) {
    const double rate = share * loss / squared_gradient();
    for_each_parameter([&](Tensor& weight, std::span<const float> gradient) {
      for (std::size_t i = 0; i < gradient.size(); ++i)
        weight.as<float>()[i] -= float(rate * double(gradient[i]));
    });
  }

  template <class F>
  void for_each_parameter(F&& f) {
    for (const Value& value : graph_.values())
      if (value.kind == ValueKind::parameter)
        f(weights_.at(value.name), session_.output<float>("grad:" + value.name));
  }

 private:
  Graph graph_;
  ThreadPool pool_;
  runtime::Weights weights_;
  runtime::Session session_;
};

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const Variant& variant : variants()) result.push_back({variant.name});
  return result;
}

std::string name_of(const testing::TestParamInfo<Case>& test) { return test.param.name; }

INSTANTIATE_TEST_SUITE_P(Zoo, Training, testing::ValuesIn(cases()), name_of);

constexpr nn::Conventions kTensorFlow{.same_padding = true, .norm_eps = 1e-3};
INSTANTIATE_TEST_SUITE_P(TensorFlow, Training,
                         testing::Values(Case{"efficientnet_lite0", kTensorFlow},
                                         Case{"resnet18", kTensorFlow}),
                         name_of);

TEST_P(Training, OneStepLowersTheLoss) {
  const double before = loss();
  ASSERT_TRUE(std::isfinite(before));
  step(before, 0.05);
  EXPECT_LT(loss(), before);
}

}  // namespace
}  // namespace noyau::zoo
