#include "base/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "noyau/error.hpp"

namespace noyau {

DurableFile::DurableFile(std::string path)
    : path_(std::move(path)), temporary_(fmt::format("{}.tmp.{}", path_, ::getpid())) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("create");
}

DurableFile::~DurableFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void DurableFile::write(std::span<const std::byte> bytes) {
  constexpr std::size_t kMost = std::size_t(1) << 30;  // Linux writes at most 2 GiB a call
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kMost));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("write");
    bytes = bytes.subspan(std::size_t(n));
  }
}

void DurableFile::commit() {
  if (::fsync(descriptor_) != 0) fail("sync");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail("close");
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename");
  temporary_.clear();
  std::string folder = std::filesystem::path(path_).parent_path().string();
  if (folder.empty()) folder = ".";
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) fail("open the folder of");
  const int synced = ::fsync(directory);
  const int reason = errno;
  ::close(directory);
  // Some file systems cannot sync a folder and say so; there is nothing more to do there.
  if (synced != 0 && reason != EINVAL) {
    errno = reason;
    fail("sync the folder of");
  }
}

void DurableFile::fail(const char* action) const {
  const std::string reason = std::strerror(errno);
  throw Error(ErrorCode::io, path_, fmt::format("cannot {} the file: {}", action, reason));
}

}  // namespace noyau
