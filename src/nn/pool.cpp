#include <algorithm>

#include "nn/append.hpp"

namespace noyau::nn {
namespace {

// 2D and 3D differ in the lengths of their lists alone.
template <class Options>
ValueId max_pool(Builder& b, ValueId x, const std::string& name, const Options& o) {
  const std::vector<std::int64_t> kernel = list(o.kernel_size);
  const std::vector<std::int64_t> stride = list(o.stride.value_or(o.kernel_size));
  expect_rank(b, x, int(kernel.size()) + 2, "max_pool", name);
  return append(b, "max_pool", name, {x},
                {{"kernel_size", kernel},
                 {"stride", stride},
                 {"padding", padding_of(b, x, kernel, stride, list(o.dilation), list(o.padding))},
                 {"dilation", list(o.dilation)},
                 {"ceil_mode", o.ceil_mode}});
}

template <class Options>
ValueId avg_pool(Builder& b, ValueId x, const std::string& name, const Options& o) {
  expect_rank(b, x, int(list(o.kernel_size).size()) + 2, "avg_pool", name);
  return append(b, "avg_pool", name, {x},
                {{"kernel_size", list(o.kernel_size)},
                 {"stride", list(o.stride.value_or(o.kernel_size))},
                 {"padding", list(o.padding)},
                 {"ceil_mode", o.ceil_mode},
                 {"count_include_pad", o.count_include_pad},
                 {"divisor_override", o.divisor_override}});
}

ValueId adaptive_pool(Builder& b, ValueId x, std::string_view op, const std::string& name,
                      const std::vector<std::int64_t>& size) {
  expect_rank(b, x, int(size.size()) + 2, op, name);
  const auto extents = b.graph.shape(x).extents();
  if (std::equal(size.begin(), size.end(), extents.begin() + 1)) return x;
  return append(b, op, name, {x}, {{"output_size", size}});
}

}  // namespace

ValueId max_pool2d(Builder& b, ValueId x, const std::string& name, const MaxPool2dOptions& o) {
  return max_pool(b, x, name, o);
}
ValueId max_pool3d(Builder& b, ValueId x, const std::string& name, const MaxPool3dOptions& o) {
  return max_pool(b, x, name, o);
}

ValueId avg_pool2d(Builder& b, ValueId x, const std::string& name, const AvgPool2dOptions& o) {
  return avg_pool(b, x, name, o);
}
ValueId avg_pool3d(Builder& b, ValueId x, const std::string& name, const AvgPool3dOptions& o) {
  return avg_pool(b, x, name, o);
}

ValueId global_avg_pool(Builder& b, ValueId x, const std::string& name) {
  return append(b, "global_avg_pool", name, {x});
}

ValueId global_max_pool(Builder& b, ValueId x, const std::string& name) {
  const Shape& shape = b.graph.shape(x);
  const std::vector<std::int64_t> ones(std::size_t(std::max(shape.rank() - 2, 0)), 1);
  const ValueId largest = append(b, "adaptive_max_pool", name, {x}, {{"output_size", ones}});
  return append(b, "flatten", name + ".flatten", {largest});
}

ValueId adaptive_avg_pool2d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool2dOptions& o) {
  return adaptive_pool(b, x, "adaptive_avg_pool", name, list(o.output_size));
}
ValueId adaptive_avg_pool3d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool3dOptions& o) {
  return adaptive_pool(b, x, "adaptive_avg_pool", name, list(o.output_size));
}

ValueId adaptive_max_pool2d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool2dOptions& o) {
  return adaptive_pool(b, x, "adaptive_max_pool", name, list(o.output_size));
}
ValueId adaptive_max_pool3d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool3dOptions& o) {
  return adaptive_pool(b, x, "adaptive_max_pool", name, list(o.output_size));
}

}  // namespace noyau::nn
