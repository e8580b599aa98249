#include "io/safetensors/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "noyau/error.hpp"

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

}  // namespace

SafetensorsReader::SafetensorsReader(const std::string& path) : file_(path) {
  std::string json(header_length(file_), ' ');
  file_.read(kPrefixBytes, std::as_writable_bytes(std::span(json)));
  data_begin_ = kPrefixBytes + json.size();
  header_ = parse_safetensors_header(json, file_.size() - data_begin_, path);
}

Tensor SafetensorsReader::read(const StoredTensor& tensor, NotFinite policy) const {
  return read_stored(file_, data_begin_, tensor, policy);
}

}  // namespace noyau::io
