#include "nn/append.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "noyau/error.hpp"

namespace noyau::nn {

void refuse(std::string_view op, const std::string& name, const std::string& got,
            const std::string& expected) {
  throw Error(ErrorCode::invalid_argument, fmt::format("{} {}", op, name), got, expected);
}

void expect_rank(const Builder& b, ValueId x, int rank, std::string_view op,
                 const std::string& name) {
  const Shape& shape = b.graph.shape(x);
  if (shape.rank() == rank) return;
  throw Error(ErrorCode::shape_mismatch, fmt::format("{} {}", op, name),
              fmt::format("an input of {}", to_string(shape)), fmt::format("{} extents", rank));
}

std::vector<std::int64_t> padding_of(const Builder& b, ValueId x,
                                     const std::vector<std::int64_t>& kernel,
                                     const std::vector<std::int64_t>& stride,
                                     const std::vector<std::int64_t>& dilation,
                                     std::vector<std::int64_t> padding) {
  if (!b.conventions.same_padding) return padding;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    std::int64_t &before = padding[2 * i], &after = padding[2 * i + 1];
    if (before + after <= 0 || stride[i] < 1) continue;
    const std::int64_t extent = b.graph.shape(x)[int(i) + 1];
    const std::int64_t positions = (extent + stride[i] - 1) / stride[i];
    const std::int64_t reach = (positions - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1;
    const std::int64_t total = std::max<std::int64_t>(reach - extent, 0);
    before = total / 2;
    after = total - before;
  }
  return padding;
}

ValueId add_bias(Builder& b, const std::string& name, std::int64_t size, std::int64_t fan_in,
                 const std::optional<Init>& init) {
  Init torch_default = kTorchDefault;
  torch_default.fan_in = fan_in;
  return b.graph.add_parameter(name + ".bias", Shape{size}, init.value_or(torch_default), b.dtype);
}

}  // namespace noyau::nn
