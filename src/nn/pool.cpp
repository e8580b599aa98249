#include "nn/append.hpp"

namespace noyau::nn {
namespace {

// 2D and 3D differ in the lengths of their lists alone.
template <class Options>
ValueId max_pool(Builder& b, ValueId x, const std::string& name, const Options& o) {
  expect_rank(b, x, int(list(o.kernel_size).size()) + 2, "max_pool", name);
  return append(b, "max_pool", name, {x},
                {{"kernel_size", list(o.kernel_size)},
                 {"stride", list(o.stride.value_or(o.kernel_size))},
                 {"padding", list(o.padding)},
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

}  // namespace noyau::nn
