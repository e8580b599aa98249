#include "kernels/carried.hpp"

#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"

namespace noyau::kernels::testing {
namespace {

Tensor sometimes(Draw& draw, std::int64_t elements, double low, double high) {
  return draw.integer(0, 3) == 0 ? Tensor() : draw.tensor(elements, low, high);
}

Output wanted(Draw& draw, std::int64_t elements) {
  return {draw.integer(0, 7) == 0 ? 0 : elements};
}

void add_normalisation(Case& test, Draw& draw, std::size_t slot, std::int64_t channels) {
  test.inputs.resize(slot);
  test.inputs.push_back(draw.tensor(channels));
  test.inputs.push_back(draw.tensor(channels, -3, 8));
  test.inputs.push_back(sometimes(draw, channels, -1, 1));
}

void add_statistics(Case& test, Draw& draw, std::int64_t channels) {
  test.inputs.resize(kNormWeight);
  test.inputs.push_back(sometimes(draw, channels, -2, 2));
  test.inputs.push_back(draw.tensor(channels));
  test.inputs.push_back(draw.tensor(channels, 0.5, 2));
  for (int i = 0; i < 3; ++i) test.outputs.push_back(wanted(draw, channels));
}

void add_norm_grad(Case& test, Draw& draw, std::int64_t pixels, std::int64_t channels) {
  test.inputs.resize(kNormX);
  test.inputs.push_back(draw.tensor(pixels * channels));
  test.inputs.push_back(draw.tensor(channels));
  test.inputs.push_back(draw.tensor(channels, 0.5, 2));
  test.inputs.push_back(draw.tensor(channels, -3, 8));
  test.inputs.push_back(sometimes(draw, channels, -1, 1));
  test.inputs.push_back(draw.coin() ? Tensor() : draw.tensor(pixels * channels, -6, 9));
  for (int i = 0; i < 2; ++i) test.outputs.push_back(wanted(draw, channels));
}

}  // namespace

void draw_norms(Conv& c, std::string_view family, Draw& draw) {
  c.norm_grad = family.ends_with("grad_input");
  c.normalised = !c.norm_grad && draw.coin();
  c.statistics = !c.norm_grad && !family.ends_with("grad_weight") && draw.coin();
  c.input_activation = Activation(draw.integer(0, 2));
  c.norm_activation = Activation(draw.integer(0, 2));
  c.eps = 1;  // of few pixels the variance is all rounding
}

void add_norms(Case& test, Draw& draw) {
  const Conv& c = std::get<Conv>(test.problem);
  const bool of_weight = test.family.ends_with("grad_weight");
  if (c.normalised)
    add_normalisation(test, draw, of_weight ? 2 : std::size_t(kInMean), c.in_channels);
  if (c.statistics) add_statistics(test, draw, c.out_channels);
  if (c.norm_grad) add_norm_grad(test, draw, c.batch * volume(c.in), c.in_channels);
}

}  // namespace noyau::kernels::testing
