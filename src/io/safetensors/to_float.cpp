#include "io/safetensors/to_float.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace noyau::io {
namespace {

template <class T>
T element(std::span<const std::byte> stored, std::size_t i) {
  T value;
  std::memcpy(&value, stored.data() + i * sizeof(T), sizeof(T));
  return value;
}

float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 0) return sign * std::ldexp(float(fraction), -24);
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  return sign * std::ldexp(float(fraction + 1024), exponent - 25);
}

float from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t(bits) << 16); }

}  // namespace

void to_float(StoredType type, std::span<const std::byte> stored, std::span<float> numbers) {
  switch (type) {
    case StoredType::f64:
      for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = float(element<double>(stored, i));
      return;
    case StoredType::f16:
      for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = from_half(element<std::uint16_t>(stored, i));
      return;
    case StoredType::bf16:
      for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = from_bfloat(element<std::uint16_t>(stored, i));
      return;
    default:  // f32: the reader takes no other
      std::memcpy(numbers.data(), stored.data(), numbers.size_bytes());
  }
}

}  // namespace noyau::io
