#include "io/stored_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/safetensors/to_float.hpp"
#include "noyau/error.hpp"
#include "noyau/weights.hpp"

namespace noyau::io {
namespace {

std::string where(const InputFile& file, const StoredTensor& tensor) {
  return fmt::format("{}:{}", file.path(), tensor.name.substr(0, 200));
}

Shape shape_of(const InputFile& file, const StoredTensor& tensor) {
  if (!is_floating(tensor.type))
    throw Error(ErrorCode::unsupported, where(file, tensor),
                fmt::format("dtype {}", to_string(tensor.type)), "one of F64, F32, F16, BF16");
  if (tensor.shape.size() > std::size_t(Shape::kMaxRank))
    throw Error(ErrorCode::unsupported, where(file, tensor),
                fmt::format("shape {}", shape_text(tensor.shape)),
                fmt::format("at most {} axes", Shape::kMaxRank));
  return Shape(std::span(tensor.shape));
}

void read_numbers(const InputFile& file, std::uint64_t offset, StoredType type,
                  std::span<float> numbers) {
  constexpr std::size_t kChunk = std::size_t(1) << 17;  // elements
  const std::size_t size = size_of(type);
  std::vector<std::byte> stored(std::min(numbers.size(), kChunk) * size);
  for (std::size_t i = 0; i < numbers.size(); i += kChunk) {
    const std::span<float> part = numbers.subspan(i, std::min(kChunk, numbers.size() - i));
    const std::span<std::byte> bytes = std::span(stored).first(part.size() * size);
    file.read(offset + i * size, bytes);
    to_float(type, bytes, part);
  }
}

/// Puts the elements that lie `stride` apart into row-major order.
void gather(std::span<const float> from, const StoredTensor& tensor, std::span<float> to) {
  std::vector<std::int64_t> index(tensor.shape.size());
  std::int64_t at = 0;
  for (float& number : to) {
    number = from[std::size_t(at)];
    for (std::size_t axis = index.size(); axis-- > 0;) {
      at += tensor.stride[axis];
      if (++index[axis] < tensor.shape[axis]) break;
      at -= tensor.stride[axis] * tensor.shape[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace

Tensor read_stored(const InputFile& file, std::uint64_t base, const StoredTensor& tensor,
                   NotFinite policy) {
  Tensor result(shape_of(file, tensor));
  const std::span<float> numbers = result.as<float>();
  if (tensor.stride.empty()) {
    read_numbers(file, base + tensor.begin, tensor.type, numbers);
  } else {
    std::vector<float> reach(std::size_t(tensor.end - tensor.begin) / size_of(tensor.type));
    read_numbers(file, base + tensor.begin, tensor.type, reach);
    gather(reach, tensor, numbers);
  }
  const auto not_finite =
      std::count_if(numbers.begin(), numbers.end(), [](float x) { return !std::isfinite(x); });
  if (not_finite > 0 && policy == NotFinite::refuse)
    throw Error(ErrorCode::corrupt_file, where(file, tensor),
                fmt::format("{} of {} numbers are NaN or infinite", not_finite, numbers.size()),
                "finite numbers");
  return result;
}

}  // namespace noyau::io
