#include "nn/append.hpp"

#include <fmt/format.h>

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

ValueId add_bias(Builder& b, const std::string& name, std::int64_t size, std::int64_t fan_in,
                 const std::optional<Init>& init) {
  Init torch_default = kTorchDefault;
  torch_default.fan_in = fan_in;
  return b.graph.add_parameter(name + ".bias", Shape{size}, init.value_or(torch_default), b.dtype);
}

}  // namespace noyau::nn
