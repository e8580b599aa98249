#include "noyau/tensor.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
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

namespace {

// Large tensors are mapped: the kernel hands out zeros when a page is first touched, which the
// threads that fill the tensor do side by side, and in huge pages where it can.
constexpr std::size_t kHugePage = std::size_t{2} << 20;

bool is_mapped(std::size_t bytes) { return bytes >= 2 * kHugePage; }

// The first huge page of a mapping that is one longer than asked for.
std::byte* map_zeros(std::size_t bytes) {
  const std::size_t whole = bytes + kHugePage;
  void* mapping = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  auto* begin = static_cast<std::byte*>(mapping);
  const std::size_t before =
      (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) munmap(begin, before);
  if (before < kHugePage) munmap(begin + before + bytes, kHugePage - before);
#if defined(MADV_HUGEPAGE)
  madvise(begin + before, bytes, MADV_HUGEPAGE);  // a hint: ordinary pages also do
#endif
  return begin + before;
}

std::byte* allocate_zeros(std::size_t bytes) {
  if (is_mapped(bytes)) return map_zeros(bytes);
  auto* p = static_cast<std::byte*>(std::aligned_alloc(64, bytes));
  if (p != nullptr) std::memset(p, 0, bytes);
  return p;
}

// Mappings are made of whole pages (of any processor), other storage of whole cache lines.
std::size_t storage_bytes(std::size_t bytes) {
  const std::size_t unit = is_mapped(bytes) ? 65536 : 64;
  return std::max(unit, (bytes + unit - 1) / unit * unit);
}

}  // namespace

void Tensor::Free::operator()(std::byte* p) const {
  if (is_mapped(bytes))
    munmap(p, bytes);
  else
    std::free(p);
}

Tensor::Tensor(Shape shape, DType dtype) : shape_(shape), dtype_(dtype) {
  const std::size_t size = storage_bytes(bytes());
  storage_ = {allocate_zeros(size), Free(size)};
  if (storage_ == nullptr)
    throw Error(ErrorCode::out_of_memory, "tensor " + to_string(shape),
                "no room for " + std::to_string(size >> 20) + " MiB");
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
