#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "noyau/tensor.hpp"
#include "runtime/weights.hpp"

/// The deterministic fill of weights that the golden numbers were computed with: each element is a
/// function of the tensor's name and the element's row-major index.
namespace noyau::golden {

inline std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t h = 0xCBF29CE484222325ull;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return h;
}

/// In [-1, 1), a multiple of 2^-23.
inline float uniform(std::uint64_t name_hash, std::int64_t index) {
  std::uint64_t z = name_hash + (std::uint64_t(index) + 1) * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  z ^= z >> 31;
  return float(double(z >> 40) * 0x1p-23 - 1.0);
}

/// Element `index` of the tensor of that name and shape.
inline float value(std::string_view name, const Shape& shape, std::int64_t index) {
  const float u = uniform(fnv1a(name), index);
  const std::string_view kind = name.substr(name.rfind('.') + 1);
  if (name == "input") return u;
  if (kind == "weight" && shape.rank() > 1) {
    const double fan_in = double(shape.elements() / shape[0]);
    return float(double(u) * std::sqrt((shape.rank() == 2 ? 3.0 : 6.0) / fan_in));
  }
  if (kind == "weight") return 1.0f + 0.1f * u;
  if (kind == "bias" || kind == "running_mean") return 0.1f * u;
  if (kind == "running_var") return 1.0f + 0.5f * std::fabs(u);
  throw std::invalid_argument("no fill rule for " + std::string(name));
}

/// Fills every f32 tensor of `weights` in place.
inline void fill(runtime::Weights& weights) {
  for (const std::string& name : weights.names()) {
    Tensor& tensor = weights.at(name);
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      tensor.as<float>()[std::size_t(i)] = value(name, tensor.shape(), i);
    }
  }
}

}  // namespace noyau::golden
