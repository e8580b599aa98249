#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace noyau {

/// Element types. Networks compute in f32; f64 runs on the reference kernels, for checks.
enum class DType : std::uint8_t { f32, f64, i32, u8 };

std::size_t size_of(DType dtype);
std::string_view to_string(DType dtype);

/// Extents of a tensor, outermost first, at most 6 of them. Activations are NHWC (batch, height,
/// width, channels), convolution weights OIHW (out, in / groups, kernel height, kernel width).
class Shape {
 public:
  static constexpr int kMaxRank = 6;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents)
      : Shape(std::span(extents.begin(), extents.size())) {}
  /// Throws Error(invalid_argument) when there are more than 6 extents or one is negative.
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  /// Extent `axis`; negative axes count from the end, so `shape[-1]` is the channels of NHWC.
  std::int64_t operator[](int axis) const { return extents_[axis < 0 ? axis + rank_ : axis]; }
  std::span<const std::int64_t> extents() const { return {extents_.data(), std::size_t(rank_)}; }
  /// Product of all extents; 1 for rank 0.
  std::int64_t elements() const;
  bool operator==(const Shape&) const = default;

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

/// "128x28x28x1"; "scalar" for rank 0.
std::string to_string(const Shape& shape);

/// An owning, 64-byte aligned, row-major array. Copies share nothing.
class Tensor {
 public:
  Tensor() = default;
  /// Zero-filled. Throws Error(out_of_memory) naming the bytes that were asked for.
  explicit Tensor(Shape shape, DType dtype = DType::f32);
  Tensor(const Tensor& other);
  Tensor& operator=(const Tensor& other);
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  std::int64_t elements() const { return shape_.elements(); }
  std::size_t bytes() const { return std::size_t(elements()) * size_of(dtype_); }
  void* raw() { return storage_.get(); }
  const void* raw() const { return storage_.get(); }

  /// The elements as T, which has to be the C++ type of `dtype()` (float, double, int32_t,
  /// uint8_t).
  template <class T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(storage_.get()), std::size_t(elements())};
  }
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(storage_.get()), std::size_t(elements())};
  }

 private:
  struct Free {
    std::size_t bytes;
    Free() : bytes(0) {}
    explicit Free(std::size_t size) : bytes(size) {}
    void operator()(std::byte* p) const;
  };
  Shape shape_;
  DType dtype_ = DType::f32;
  std::unique_ptr<std::byte[], Free> storage_;
};

}  // namespace noyau
