#include "data/augment/beta.hpp"
#include "data/augment/kind.hpp"

namespace noyau::data {
namespace {

double mix(Tensor& images, Arguments a, Random& random) {
  const double share = a[0] > 0 ? draw_beta(random, a[0]) : 1;
  const float own = float(share), other = 1.0f - own;
  const std::int64_t batch = images.shape()[0], size = images.elements() / batch;
  float* pixels = images.as<float>().data();
  for (std::int64_t i = 0; i < batch / 2; ++i) {
    float* one = pixels + i * size;
    float* two = pixels + (batch - 1 - i) * size;
    for (std::int64_t k = 0; k < size; ++k) {
      const float x = one[k], y = two[k];
      one[k] = own * x + other * y;
      two[k] = own * y + other * x;
    }
  }
  return share;
}

}  // namespace

Kind augmentations::mixup() {
  return {
      .info = {"mixup",
               {{"alpha", 0, 10, 0.2}},
               "lays another picture of the batch over each, and mixes their labels in the same "
               "proportion, drawn from Beta(alpha, alpha)",
               "Zhang et al. 2018, arXiv:1710.09412"},
      .mix = mix};
}

}  // namespace noyau::data
