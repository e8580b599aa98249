#include <cstring>

#include "base/checksum.hpp"
#include "base/durable_file.hpp"
#include "train/checkpoint_format.hpp"

namespace noyau::training {
namespace {

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.raw()), tensor.bytes()};
}

std::vector<TensorEntry> entries(const Checkpoint& checkpoint) {
  std::vector<TensorEntry> result;
  const auto take = [&result](const NamedTensors& tensors, TensorEntry::Role role) {
    for (const auto& [name, tensor] : tensors) {
      result.push_back(
          {role, name, tensor.dtype(), tensor.shape(), crc32c(bytes_of(tensor)), tensor.bytes()});
    }
  };
  take(checkpoint.weights, TensorEntry::Role::weight);
  take(checkpoint.buffers, TensorEntry::Role::buffer);
  return result;
}

std::array<std::byte, kPrefixBytes> prefix(std::span<const std::byte> header) {
  std::array<std::byte, kPrefixBytes> result;
  const std::uint32_t crc = crc32c(header);
  const std::uint64_t length = header.size();
  std::memcpy(result.data(), kMagic.data(), 8);
  std::memcpy(result.data() + 8, &kVersion, 4);
  std::memcpy(result.data() + 12, &crc, 4);
  std::memcpy(result.data() + 16, &length, 8);
  return result;
}

}  // namespace

void save_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::vector<std::byte> header = encode_header(checkpoint, entries(checkpoint));
  DurableFile file(path);
  StreamChecksum checksum;
  const auto put = [&](std::span<const std::byte> bytes) {
    checksum.add(bytes);
    file.write(bytes);
  };
  put(prefix(header));
  put(header);
  for (const auto& [name, tensor] : checkpoint.weights) put(bytes_of(tensor));
  for (const auto& [name, tensor] : checkpoint.buffers) put(bytes_of(tensor));
  const std::uint64_t footer = checksum.value();
  file.write(std::as_bytes(std::span(&footer, 1)));
  file.commit();
}

}  // namespace noyau::training
