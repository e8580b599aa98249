#include "nn/append.hpp"

namespace noyau::nn {

ValueId max_pool2d(Builder& b, ValueId x, const std::string& name, const MaxPool2dOptions& o) {
  return append(b, "max_pool2d", name, {x},
                {{"kernel_size", list(o.kernel_size)},
                 {"stride", list(o.stride.value_or(o.kernel_size))},
                 {"padding", list(o.padding)},
                 {"dilation", list(o.dilation)},
                 {"ceil_mode", o.ceil_mode}});
}

ValueId avg_pool2d(Builder& b, ValueId x, const std::string& name, const AvgPool2dOptions& o) {
  return append(b, "avg_pool2d", name, {x},
                {{"kernel_size", list(o.kernel_size)},
                 {"stride", list(o.stride.value_or(o.kernel_size))},
                 {"padding", list(o.padding)},
                 {"ceil_mode", o.ceil_mode},
                 {"count_include_pad", o.count_include_pad},
                 {"divisor_override", o.divisor_override}});
}

ValueId global_avg_pool(Builder& b, ValueId x, const std::string& name) {
  return append(b, "global_avg_pool", name, {x});
}

}  // namespace noyau::nn
