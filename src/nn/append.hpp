#pragma once

#include <string_view>

#include "noyau/nn.hpp"
#include "ops/ops.hpp"

namespace noyau::nn {

/// The first output of a node appended by `ops::append`.
inline ValueId append(Builder& b, std::string_view op, const std::string& name,
                      std::vector<ValueId> inputs, Attributes attributes = {}) {
  return ops::append(b.graph, op, name, std::move(inputs), std::move(attributes)).front();
}

inline std::vector<std::int64_t> list(Size2 size) { return {size.height, size.width}; }
inline std::vector<std::int64_t> list(Size3 size) { return {size.depth, size.height, size.width}; }
inline std::vector<std::int64_t> list(const Padding& p) {
  return {p.top, p.bottom, p.left, p.right};
}
inline std::vector<std::int64_t> list(const Padding3& p) {
  return {p.depth, p.depth, p.height, p.height, p.width, p.width};
}

/// Throws Error(invalid_argument) for the named layer.
[[noreturn]] void refuse(std::string_view op, const std::string& name, const std::string& got,
                         const std::string& expected);
/// Refuses an input that is not of this rank.
void expect_rank(const Builder& b, ValueId x, int rank, std::string_view op,
                 const std::string& name);

/// The padding [before, after, ...] of a window over the spatial axes of `x`, by b.conventions.
std::vector<std::int64_t> padding_of(const Builder& b, ValueId x,
                                     const std::vector<std::int64_t>& kernel,
                                     const std::vector<std::int64_t>& stride,
                                     const std::vector<std::int64_t>& dilation,
                                     std::vector<std::int64_t> padding);

/// A bias vector: `init`, or uniform in +-1 / sqrt(fan_in) as torch starts it.
ValueId add_bias(Builder& b, const std::string& name, std::int64_t size, std::int64_t fan_in,
                 const std::optional<Init>& init);

}  // namespace noyau::nn
