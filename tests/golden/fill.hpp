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

/// The elements of the tensor of that name and shape, in order.
class Filler {
 public:
  Filler(std::string_view name, const Shape& shape) : hash_(fnv1a(name)) {
    const std::string_view kind = name.substr(name.rfind('.') + 1);
    if (name == "input") return;
    if (kind == "weight" && shape.rank() > 1) {
      const double fan_in = double(shape.elements() / shape[0]);
      rule_ = Rule::scaled;
      scale_ = std::sqrt((shape.rank() == 2 ? 3.0 : 6.0) / fan_in);
    } else if (kind == "weight") {
      rule_ = Rule::near_one;
    } else if (kind == "bias" || kind == "running_mean") {
      rule_ = Rule::small;
    } else if (kind == "running_var") {
      rule_ = Rule::above_one;
    } else {
      throw std::invalid_argument("no fill rule for " + std::string(name));
    }
  }
  float operator()(std::int64_t index) const {
    const float u = uniform(hash_, index);
    switch (rule_) {
      case Rule::plain:
        return u;
      case Rule::scaled:
        return float(double(u) * scale_);
      case Rule::near_one:
        return 1.0f + 0.1f * u;
      case Rule::small:
        return 0.1f * u;
      case Rule::above_one:
        return 1.0f + 0.5f * std::fabs(u);
    }
    return 0;
  }

 private:
  enum class Rule : std::uint8_t { plain, scaled, near_one, small, above_one };
  std::uint64_t hash_;
  Rule rule_ = Rule::plain;
  double scale_ = 1;
};

/// Fills every tensor of `weights` in place, f32 or f64.
inline void fill(runtime::Weights& weights) {
  for (const std::string& name : weights.names()) {
    Tensor& tensor = weights.at(name);
    const Filler value(name, tensor.shape());
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      if (tensor.dtype() == DType::f64)
        tensor.as<double>()[std::size_t(i)] = double(value(i));
      else
        tensor.as<float>()[std::size_t(i)] = value(i);
    }
  }
}

}  // namespace noyau::golden
