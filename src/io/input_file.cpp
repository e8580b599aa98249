#include "io/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "noyau/error.hpp"

namespace noyau::io {
namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw Error(ErrorCode::io, path, "cannot be read: " + std::generic_category().message(error),
              "a readable file");
}

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  do {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail(path_, errno);
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw Error(ErrorCode::io, path_, "not a regular file", "a weight file");
  }
  size_ = std::uint64_t(status.st_size);
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

void InputFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  constexpr std::size_t kMost = std::size_t(1) << 30;  // Linux reads at most 2 GiB a call
  while (!bytes.empty()) {
    const ssize_t n =
        ::pread(descriptor_, bytes.data(), std::min(bytes.size(), kMost), off_t(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, errno);
    if (n == 0)
      throw Error(ErrorCode::corrupt_file, fmt::format("{}@{}", path_, offset), "the file ends",
                  fmt::format("{} bytes, as when it was opened", size_),
                  "another process has cut it short");
    bytes = bytes.subspan(std::size_t(n));
    offset += std::uint64_t(n);
  }
}

}  // namespace noyau::io
