#include "io/tensorboard/event_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "noyau/error.hpp"

namespace noyau::io {
namespace {

constexpr int kMostNames = 1000;

[[noreturn]] void fail(const std::string& path, const char* action) {
  throw Error(ErrorCode::io, path, fmt::format("cannot {}: {}", action, std::strerror(errno)));
}

}  // namespace

EventFile::EventFile(const std::string& folder, double wall_time) {
  for (int i = 0; i < kMostNames && descriptor_ < 0; ++i) {
    // TensorBoard reads the files of a folder in the order of their names.
    path_ = fmt::format("{}/events.out.tfevents.{:010}.noyau.{}.{:03}", folder,
                        std::int64_t(wall_time), getpid(), i);
    descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ < 0 && errno != EEXIST) fail(path_, "make the file");
  }
  if (descriptor_ < 0) fail(path_, "find a free name");
  append(encode_version(wall_time));
}

EventFile::~EventFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void EventFile::write(const Scalars& scalars) { append(encode_event(scalars)); }

void EventFile::append(const std::vector<std::byte>& event) {
  const std::vector<std::byte> record = encode_record(event);
  const off_t before = lseek(descriptor_, 0, SEEK_END);
  const ssize_t written = ::write(descriptor_, record.data(), record.size());
  if (written == ssize_t(record.size())) return;
  const int reason = written < 0 ? errno : ENOSPC;
  // Half a record would hide all that follow it.
  if (written > 0 && ftruncate(descriptor_, before) != 0) fail(path_, "take back half a record");
  errno = reason;
  fail(path_, "write");
}

}  // namespace noyau::io
