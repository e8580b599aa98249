#include "noyau/tensor.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "noyau/error.hpp"

namespace noyau {

std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return 4;
    case DType::f64:
      return 8;
    case DType::i32:
      return 4;
    case DType::u8:
      return 1;
  }
  return 0;
}

std::string_view to_string(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
    case DType::i32:
      return "i32";
    case DType::u8:
      return "u8";
  }
  return "?";
}

Shape::Shape(std::span<const std::int64_t> extents) {
  if (extents.size() > std::size_t(kMaxRank))
    throw Error(ErrorCode::invalid_argument, "shape", "rank " + std::to_string(extents.size()),
                "at most 6 extents");
  for (const std::int64_t extent : extents)
    if (extent < 0)
      throw Error(ErrorCode::invalid_argument, "shape", "extent " + std::to_string(extent),
                  "0 or more");
  std::copy(extents.begin(), extents.end(), extents_.begin());
  rank_ = int(extents.size());
}

std::int64_t Shape::elements() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : extents()) n *= extent;
  return n;
}

std::string to_string(const Shape& shape) {
  if (shape.rank() == 0) return "scalar";
  std::string text;
  for (const std::int64_t extent : shape.extents())
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

void Tensor::Free::operator()(std::byte* p) const { std::free(p); }

Tensor::Tensor(Shape shape, DType dtype) : shape_(shape), dtype_(dtype) {
  const std::size_t rounded = (bytes() + 63) / 64 * 64;
  auto* p = static_cast<std::byte*>(std::aligned_alloc(64, rounded == 0 ? 64 : rounded));
  if (p == nullptr)
    throw Error(ErrorCode::out_of_memory, "tensor " + to_string(shape),
                "no room for " + std::to_string(rounded >> 20) + " MiB");
  storage_.reset(p);
  std::memset(p, 0, rounded);
}

Tensor::Tensor(const Tensor& other) {
  if (!other.storage_) return;
  Tensor copy(other.shape_, other.dtype_);
  std::memcpy(copy.raw(), other.raw(), other.bytes());
  *this = std::move(copy);
}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = Tensor(other);
  return *this;
}

}  // namespace noyau
