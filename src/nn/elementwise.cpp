#include <fmt/format.h>

#include <numeric>

#include "nn/append.hpp"

namespace noyau::nn {

ValueId add(Builder& b, ValueId x, ValueId y, const std::string& name) {
  return append(b, "add", name, {x, y});
}

ValueId mul(Builder& b, ValueId x, ValueId scale, const std::string& name) {
  return append(b, "mul", name, {x, scale});
}

ValueId scale(Builder& b, ValueId x, double factor, const std::string& name) {
  const auto extents = b.graph.shape(x).extents();
  const ValueId constant =
      append(b, "constant", name + ".factor", {},
             {{"value", factor},
              {"shape", std::vector<std::int64_t>(extents.begin(), extents.end())},
              {"dtype", std::string(to_string(b.dtype))}});
  return append(b, "mul", name, {x, constant});
}

ValueId concat(Builder& b, const std::vector<ValueId>& xs, const std::string& name) {
  return append(b, "concat", name, xs);
}

std::vector<ValueId> split(Builder& b, ValueId x, const std::string& name,
                           const std::vector<std::int64_t>& sizes) {
  const std::int64_t sum = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  if (sum != b.channels(x))
    refuse("split", name, fmt::format("parts of {} channels in all", sum),
           fmt::format("{}", b.channels(x)));
  std::vector<ValueId> parts;
  std::int64_t begin = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(
        slice_channels(b, x, fmt::format("{}.{}", name, parts.size()), begin, begin + size));
    begin += size;
  }
  return parts;
}

ValueId slice_channels(Builder& b, ValueId x, const std::string& name, std::int64_t begin,
                       std::int64_t end) {
  return append(b, "slice_channels", name, {x}, {{"begin", begin}, {"end", end}});
}

ValueId flatten(Builder& b, ValueId x, const std::string& name) {
  return append(b, "flatten", name, {x});
}

}  // namespace noyau::nn
