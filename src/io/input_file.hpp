#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace noyau::io {

/// A regular file that is read at offsets. It is not mapped: a file that another process cuts
/// short is then an Error and not a signal.
class InputFile {
 public:
  /// Never blocks on a FIFO or a device. Throws Error(io) naming the path.
  explicit InputFile(std::string path);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;

  const std::string& path() const { return path_; }
  /// Bytes when it was opened.
  std::uint64_t size() const { return size_; }
  /// Fills `bytes`. Throws Error(io), and Error(corrupt_file) where the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace noyau::io
