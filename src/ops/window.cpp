#include "ops/window.hpp"

#include <utility>

namespace noyau::ops {
namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 31;

void expect_range(const Node& node, std::string_view what, const Ints& list, std::int64_t least) {
  for (const std::int64_t item : list)
    if (item < least || item >= kLargest)
      invalid(node, std::string(what) + " " + std::to_string(item),
              std::to_string(least) + " or more, below 2^31");
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

Window window(const Node& node, Ints kernel) {
  Window w;
  const std::size_t axes = kernel.size();
  w.kernel = std::move(kernel);
  w.stride = node.get<Ints>("stride");
  w.dilation = node.has("dilation") ? node.get<Ints>("dilation") : Ints(axes, 1);
  const Ints& padding = node.get<Ints>("padding");
  expect_range(node, "kernel_size", w.kernel, 1);
  expect_range(node, "stride", w.stride, 1);
  expect_range(node, "dilation", w.dilation, 1);
  expect_range(node, "padding", padding, 0);
  if (w.stride.size() != axes || w.dilation.size() != axes || padding.size() != 2 * axes)
    invalid(node, "window lists of other lengths",
            std::to_string(axes) + " numbers each, twice as many for padding");
  for (std::size_t i = 0; i < axes; ++i) {
    w.before.push_back(padding[2 * i]);
    w.after.push_back(padding[2 * i + 1]);
  }
  w.ceil_mode = node.has("ceil_mode") && node.get<bool>("ceil_mode");
  return w;
}

Ints slide(const Node& node, const Window& w, const Shape& x) {
  Ints out;
  for (std::size_t i = 0; i < w.kernel.size(); ++i) {
    const std::int64_t in = x[int(i) + 1];
    const std::int64_t extent = w.dilation[i] * (w.kernel[i] - 1) + 1;
    const std::int64_t room = in + w.before[i] + w.after[i] - extent;
    std::int64_t n = floor_divide(room + (w.ceil_mode ? w.stride[i] - 1 : 0), w.stride[i]) + 1;
    if (w.ceil_mode && (n - 1) * w.stride[i] >= in + w.before[i]) --n;
    if (n < 1)
      mismatch(node, to_string(x) + " with a window of " + std::to_string(extent),
               "at least " + std::to_string(extent - w.before[i] - w.after[i]) +
                   " positions along axis " + std::to_string(i + 1));
    out.push_back(n);
  }
  return out;
}

void expect_pool_padding(const Node& node, const Window& w) {
  for (std::size_t i = 0; i < w.kernel.size(); ++i) {
    const std::int64_t half = (w.dilation[i] * (w.kernel[i] - 1) + 1) / 2;
    const std::int64_t most = std::max(w.before[i], w.after[i]);
    if (most > half)
      invalid(node, "padding " + std::to_string(most),
              "at most half of the window, " + std::to_string(half));
  }
}

Ints kernel_of(const Shape& weight) {
  return {weight.extents().begin() + 2, weight.extents().end()};
}

Shape activation_shape(std::int64_t batch, const Ints& spatial, std::int64_t channels) {
  Ints extents{batch};
  extents.insert(extents.end(), spatial.begin(), spatial.end());
  extents.push_back(channels);
  return Shape(extents);
}

std::vector<ir::AttributeDef> window_attributes(bool dilated) {
  std::vector<ir::AttributeDef> list = {
      {.name = "stride", .fallback = Ints{1}, .per_axis = 1},
      {.name = "padding", .fallback = Ints{0}, .per_axis = 2},
  };
  if (dilated) list.push_back({.name = "dilation", .fallback = Ints{1}, .per_axis = 1});
  return list;
}

}  // namespace noyau::ops
