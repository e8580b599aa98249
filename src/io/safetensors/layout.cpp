#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "io/safetensors/layout.hpp"
#include "io/safetensors/stored_type.hpp"
#include "noyau/error.hpp"
#include "noyau/weights.hpp"

namespace noyau::io {
namespace {

constexpr std::size_t kNameShown = 200;

/// The bytes that type and shape ask for.
std::uint64_t bytes_of(const StoredTensor& tensor, const std::string& path) {
  std::uint64_t bytes = size_of(tensor.type);
  for (const std::int64_t extent : tensor.shape)
    if (__builtin_mul_overflow(bytes, std::uint64_t(extent), &bytes))
      fail_tensor(path, tensor.name, fmt::format("shape {}", shape_text(tensor.shape)),
                  "a tensor of less than 2^64 bytes");
  return bytes;
}

void check_extent(const StoredTensor& tensor, const std::string& path) {
  if (tensor.begin > tensor.end)
    fail_tensor(path, tensor.name, fmt::format("data_offsets [{}, {}]", tensor.begin, tensor.end),
                "begin <= end");
  const std::uint64_t bytes = bytes_of(tensor, path);
  if (tensor.end - tensor.begin != bytes)
    fail_tensor(
        path, tensor.name, fmt::format("{} bytes", tensor.end - tensor.begin),
        fmt::format("{} for {} of {}", bytes, to_string(tensor.type), shape_text(tensor.shape)));
}

}  // namespace

std::size_t size_of(StoredType type) { return kStoredTypes[std::size_t(type)].bytes; }
std::string_view to_string(StoredType type) { return kStoredTypes[std::size_t(type)].name; }
bool is_floating(StoredType type) { return kStoredTypes[std::size_t(type)].floating; }

void fail_tensor(const std::string& path, std::string_view name, const std::string& got,
                 const std::string& expected) {
  throw Error(ErrorCode::corrupt_file, fmt::format("{}:{}", path, name.substr(0, kNameShown)), got,
              expected);
}

void check_names(const std::vector<StoredTensor>& tensors, const std::string& path) {
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const StoredTensor& tensor : tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) fail_tensor(path, *twice, "named twice", "each name once");
}

void sort_by_offset(std::vector<StoredTensor>& tensors, std::uint64_t data_bytes,
                    const std::string& path) {
  for (const StoredTensor& tensor : tensors) check_extent(tensor, path);
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::uint64_t end = 0;
  for (const StoredTensor& tensor : tensors) {
    if (tensor.begin != end)
      fail_tensor(
          path, tensor.name,
          fmt::format("begins at {}{}", tensor.begin,
                      tensor.begin < end ? ", inside the tensor before" : ", behind a hole"),
          std::to_string(end));
    if (tensor.end > data_bytes)
      fail_tensor(path, tensor.name, fmt::format("ends at {}", tensor.end),
                  fmt::format("at most the {} bytes behind the header", data_bytes));
    end = tensor.end;
  }
  if (end != data_bytes)
    throw Error(ErrorCode::corrupt_file, path,
                fmt::format("{} bytes behind the header", data_bytes),
                fmt::format("{}, where the last tensor ends", end));
}

}  // namespace noyau::io
