#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace noyau::data {

/// Picture files above this are refused: more than any picture of `kMaxPixels` needs.
inline constexpr std::int64_t kMaxFileBytes = std::int64_t(1) << 30;

/// A regular file that is read at any place; opening never blocks on a FIFO or a device.
class InputFile {
 public:
  /// Throws Error(io) when it is absent, not a regular file, or cannot be read.
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::int64_t size() const { return size_; }
  std::int64_t modified_ns() const { return modified_ns_; }
  /// At most `limit` bytes from `offset` on; fewer where the file ends. Throws Error(io).
  std::vector<std::uint8_t> read(std::int64_t offset, std::size_t limit) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0, modified_ns_ = 0;
};

/// At most `limit` bytes from the start of a regular file. Throws as `InputFile`.
std::vector<std::uint8_t> read_prefix(const std::string& path, std::size_t limit);

/// The whole file. Throws as `InputFile`, and Error(unsupported) above `kMaxFileBytes`.
std::vector<std::uint8_t> read_file(const std::string& path);

}  // namespace noyau::data
