#include "data/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "noyau/error.hpp"

namespace noyau::data {
namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw Error(ErrorCode::io, path, "cannot be read: " + std::generic_category().message(error),
              "a readable file");
}

}  // namespace

// O_NONBLOCK: what was a file when listed may be a FIFO by now.
InputFile::InputFile(const std::string& path) : path_(path) {
  do {
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail(path, errno);
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw Error(ErrorCode::io, path, "not a regular file", "a picture file");
  }
  size_ = status.st_size;
  modified_ns_ = std::int64_t(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

InputFile::~InputFile() { ::close(descriptor_); }

std::vector<std::uint8_t> InputFile::read(std::int64_t offset, std::size_t limit) const {
  const std::int64_t left = std::max<std::int64_t>(0, size_ - offset);
  std::vector<std::uint8_t> bytes(std::min(limit, std::size_t(left)));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t n = ::pread(descriptor_, bytes.data() + filled, bytes.size() - filled,
                              offset + std::int64_t(filled));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path_, errno);
    if (n == 0) break;  // shorter than when it was opened
    filled += std::size_t(n);
  }
  bytes.resize(filled);
  return bytes;
}

std::vector<std::uint8_t> read_prefix(const std::string& path, std::size_t limit) {
  return InputFile(path).read(0, limit);
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  const InputFile file(path);
  if (file.size() > kMaxFileBytes) {
    throw Error(ErrorCode::unsupported, path, std::to_string(file.size()) + " bytes",
                "a file of at most " + std::to_string(kMaxFileBytes) + " bytes");
  }
  return file.read(0, std::size_t(file.size()));
}

}  // namespace noyau::data
