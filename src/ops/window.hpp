#pragma once

#include "ops/detail.hpp"

/// Sliding windows over the spatial axes of [N, spatial..., C], for convolutions and pooling.
namespace noyau::ops {

/// One number per spatial axis; `before` and `after` are the two sides of the padding.
struct Window {
  Ints kernel, stride, before, after, dilation;
  bool ceil_mode = false;
};

/// The attributes of a window; absent dilation is 1. `kernel` is given, since convolutions take it
/// from their weight. Throws when a number is out of range.
Window window(const Node& node, Ints kernel);

/// Extents after sliding, by PyTorch's rules: floor, or with ceil_mode as many windows as start
/// inside the input or the padding before it. Throws when an axis is shorter than its window.
Ints slide(const Node& node, const Window& window, const Shape& x);

/// Throws unless padding is at most half of the kernel on each side, which keeps every pooling
/// window from lying in the padding alone.
void expect_pool_padding(const Node& node, const Window& window);

/// Kernel extents of a weight [O, I / groups, kernel...].
Ints kernel_of(const Shape& weight);
/// [batch, spatial..., channels].
Shape activation_shape(std::int64_t batch, const Ints& spatial, std::int64_t channels);

/// Attributes "stride", "padding" and (where `dilated`) "dilation".
std::vector<ir::AttributeDef> window_attributes(bool dilated);

}  // namespace noyau::ops
