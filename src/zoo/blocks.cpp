#include "zoo/blocks.hpp"

#include <algorithm>

namespace noyau::zoo {

std::int64_t round_channels(double channels, std::int64_t divisor) {
  const auto nearest = std::int64_t(channels + double(divisor) / 2) / divisor * divisor;
  const std::int64_t rounded = std::max(divisor, nearest);
  return double(rounded) < 0.9 * channels ? rounded + divisor : rounded;
}

ValueId squeeze_excite(nn::Builder& b, ValueId x, const std::string& name, std::int64_t reduced) {
  const std::int64_t channels = b.channels(x);
  ValueId s = nn::adaptive_avg_pool2d(b, x, name + ".squeeze", {.output_size = 1});
  s = nn::conv2d(b, s, name + ".fc1", {.out_channels = reduced, .kernel_size = 1});
  s = nn::relu(b, s, name + ".act");
  s = nn::conv2d(b, s, name + ".fc2", {.out_channels = channels, .kernel_size = 1});
  s = nn::activation(b, s, name + ".gate", nn::Activation::sigmoid);
  return nn::mul(b, x, s, name + ".scale");
}

}  // namespace noyau::zoo
