#pragma once

#include <cstdint>
#include <string>

#include "noyau/nn.hpp"

/// Blocks that several families share.
namespace noyau::zoo {

/// `channels * multiplier` rounded to the nearest multiple of `divisor`, at least `divisor` and not
/// more than a tenth below (the rule of the MobileNet and EfficientNet families).
std::int64_t round_channels(double channels, std::int64_t divisor = 8);

/// Squeeze and excitation (Hu et al. 2018) with timm's names: x times the sigmoid of two 1x1
/// convolutions, to `reduced` channels and back, of its mean over the picture.
ValueId squeeze_excite(nn::Builder& b, ValueId x, const std::string& name, std::int64_t reduced);

}  // namespace noyau::zoo
