#include "api/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "noyau/error.hpp"

namespace noyau::api {
namespace {

[[noreturn]] void fail(const std::string& path, const char* action, int error) {
  throw Error(ErrorCode::io, path, fmt::format("{}: {}", action, std::strerror(error)));
}

/// A descriptor that is closed when it goes out of scope.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

int open_retry(const std::string& path, int flags, mode_t mode = 0666) {
  int fd;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

void write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, "cannot be written", errno);
    text.remove_prefix(std::size_t(n));
  }
}

void sync_folder(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  Descriptor folder{open_retry(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY)};
  // Some file systems cannot sync a folder; the file itself is safe then all the same.
  if (folder.fd >= 0) ::fsync(folder.fd);
}

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

void write_file(const std::string& path, std::string_view text) {
  const std::string beside = fmt::format("{}.tmp.{}", path, ::getpid());
  try {
    Descriptor file{open_retry(beside, O_WRONLY | O_CREAT | O_TRUNC)};
    if (file.fd < 0) fail(path, "cannot be created", errno);
    write_all(file.fd, text, path);
    if (::fsync(file.fd) != 0) fail(path, "cannot be written", errno);
    if (::rename(beside.c_str(), path.c_str()) != 0) fail(path, "cannot be renamed", errno);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
  sync_folder(path);
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    throw Error(ErrorCode::io, path, fmt::format("cannot be created: {}", error.message()));
}

std::string read_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO by mistake must not hang.
  Descriptor file{open_retry(path, O_RDONLY | O_NONBLOCK)};
  if (file.fd < 0) fail(path, "cannot be read", errno);
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) fail(path, "cannot be read", errno);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::io, path, "not a regular file");
  std::string text;
  char buffer[1 << 14];
  while (true) {
    const ssize_t n = ::read(file.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(path, "cannot be read", errno);
    if (n == 0) return text;
    text.append(buffer, std::size_t(n));
    if (text.size() > limit)
      throw Error(ErrorCode::io, path, fmt::format("larger than {} bytes", limit));
  }
}

FolderLock::FolderLock(const std::string& folder) {
  const std::string path = folder + "/.lock";
  descriptor_ = open_retry(path, O_RDWR | O_CREAT);
  if (descriptor_ < 0) fail(path, "cannot be created", errno);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  // An open-file lock also stops a second run inside this process, and ends with a kill.
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) {
    const std::string holder = read_file(path, 4096);
    ::close(std::exchange(descriptor_, -1));
    throw Error(ErrorCode::io, folder,
                fmt::format("in use by {}", holder.empty() ? "another process" : holder), "",
                "wait until it ends, or choose another folder with --out");
  }
  if (::ftruncate(descriptor_, 0) != 0) fail(path, "cannot be written", errno);
  write_all(descriptor_, fmt::format("process {} on {}", ::getpid(), host_name()), path);
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace noyau::api
