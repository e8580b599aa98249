#include "io/safetensors/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/safetensors/to_float.hpp"
#include "noyau/error.hpp"
#include "noyau/weights.hpp"

namespace noyau::io {
namespace {

constexpr std::uint64_t kPrefixBytes = 8;

/// The length of the header, checked against the file.
std::uint64_t header_length(const InputFile& file) {
  if (file.size() < kPrefixBytes)
    throw Error(ErrorCode::corrupt_file, file.path(), fmt::format("{} bytes", file.size()),
                "a safetensors file, 8 bytes or more");
  std::uint64_t length = 0;
  file.read(0, std::as_writable_bytes(std::span(&length, 1)));
  const std::uint64_t most = std::min(kMostHeaderBytes, file.size() - kPrefixBytes);
  if (length > most)
    throw Error(ErrorCode::corrupt_file, file.path() + "@0",
                fmt::format("a header of {} bytes", length), fmt::format("at most {}", most),
                "is it a safetensors file?");
  return length;
}

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

}  // namespace

SafetensorsReader::SafetensorsReader(const std::string& path) : file_(path) {
  std::string json(header_length(file_), ' ');
  file_.read(kPrefixBytes, std::as_writable_bytes(std::span(json)));
  data_begin_ = kPrefixBytes + json.size();
  header_ = parse_safetensors_header(json, file_.size() - data_begin_, path);
}

Tensor SafetensorsReader::read(const StoredTensor& tensor, NotFinite policy) const {
  constexpr std::size_t kChunk = std::size_t(1) << 17;  // elements
  Tensor result(shape_of(file_, tensor));
  const std::span<float> numbers = result.as<float>();
  const std::size_t size = size_of(tensor.type);
  std::vector<std::byte> stored(std::min(numbers.size(), kChunk) * size);
  std::int64_t not_finite = 0;
  for (std::size_t i = 0; i < numbers.size(); i += kChunk) {
    const std::span<float> part = numbers.subspan(i, std::min(kChunk, numbers.size() - i));
    const std::span<std::byte> bytes = std::span(stored).first(part.size() * size);
    file_.read(data_begin_ + tensor.begin + i * size, bytes);
    to_float(tensor.type, bytes, part);
    not_finite +=
        std::count_if(part.begin(), part.end(), [](float x) { return !std::isfinite(x); });
  }
  if (not_finite > 0 && policy == NotFinite::refuse)
    throw Error(ErrorCode::corrupt_file, where(file_, tensor),
                fmt::format("{} of {} numbers are NaN or infinite", not_finite, numbers.size()),
                "finite numbers");
  return result;
}

}  // namespace noyau::io
