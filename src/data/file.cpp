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

class File {
 public:
  // O_NONBLOCK: what was a file when listed may be a FIFO by now.
  explicit File(const std::string& path) : path_(path) {
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
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::int64_t size() const { return size_; }

  std::vector<std::uint8_t> read(std::size_t limit) const {
    std::vector<std::uint8_t> bytes(limit);
    std::size_t filled = 0;
    while (filled < limit) {
      const ssize_t n = ::read(descriptor_, bytes.data() + filled, limit - filled);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path_, errno);
      if (n == 0) break;  // shorter than when it was opened
      filled += std::size_t(n);
    }
    bytes.resize(filled);
    return bytes;
  }

 private:
  const std::string& path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
};

}  // namespace

std::vector<std::uint8_t> read_prefix(const std::string& path, std::size_t limit) {
  const File file(path);
  return file.read(std::min(limit, std::size_t(file.size())));
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  const File file(path);
  if (file.size() > kMaxFileBytes) {
    throw Error(ErrorCode::unsupported, path, std::to_string(file.size()) + " bytes",
                "a file of at most " + std::to_string(kMaxFileBytes) + " bytes");
  }
  return file.read(std::size_t(file.size()));
}

}  // namespace noyau::data
