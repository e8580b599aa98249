// Layout: header (magic, key, count, width), rows, one byte a row that is 1 where the row is good,
// CRC32C of all before it. Little-endian.

#include "train/features/feature_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "noyau/error.hpp"

namespace noyau::training {
namespace {

struct Header {
  std::array<char, 8> magic{'N', 'O', 'Y', 'A', 'U', 'F', 'T', '1'};
  std::array<char, 32> key{};
  std::int64_t count = 0, width = 0;
  bool operator==(const Header&) const = default;
};
static_assert(sizeof(Header) == 56);

Header header_of(const FeatureKey& key) {
  Header header{.count = key.count, .width = key.width};
  std::copy_n(key.text.begin(), std::min(key.text.size(), header.key.size()), header.key.begin());
  return header;
}

std::size_t row_bytes(const FeatureKey& key) { return std::size_t(key.width) * sizeof(float); }

std::size_t file_bytes(const FeatureKey& key) {
  return sizeof(Header) + std::size_t(key.count) * (row_bytes(key) + 1) + sizeof(std::uint32_t);
}

bool read_at(int descriptor, std::size_t offset, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pread(descriptor, bytes.data(), bytes.size(), off_t(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    offset += std::size_t(n);
    bytes = bytes.subspan(std::size_t(n));
  }
  return true;
}

}  // namespace

std::optional<FeatureFile> FeatureFile::open(const std::string& path, const FeatureKey& key) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  FeatureFile file(path, key, descriptor);
  if (!file.load()) return std::nullopt;
  return file;
}

bool FeatureFile::load() {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode) ||
      std::size_t(status.st_size) != file_bytes(key_))
    return false;
  Header header;
  if (!read_at(descriptor_, 0, std::as_writable_bytes(std::span(&header, 1)))) return false;
  if (header != header_of(key_)) return false;
  const std::size_t body = file_bytes(key_) - sizeof(std::uint32_t);
  std::vector<std::byte> chunk(std::min<std::size_t>(body, std::size_t(1) << 20));
  std::uint32_t crc = 0;
  for (std::size_t at = 0; at < body; at += chunk.size()) {
    const std::span part(chunk.data(), std::min(chunk.size(), body - at));
    if (!read_at(descriptor_, at, part)) return false;
    crc = crc32c(part, crc);
  }
  std::uint32_t kept = 0;
  if (!read_at(descriptor_, body, std::as_writable_bytes(std::span(&kept, 1)))) return false;
  good_.resize(std::size_t(key_.count));
  return kept == crc &&
         read_at(descriptor_, body - good_.size(), std::as_writable_bytes(std::span(good_)));
}

FeatureFile::~FeatureFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FeatureFile::FeatureFile(FeatureFile&& other) noexcept
    : path_(std::move(other.path_)),
      key_(std::move(other.key_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      good_(std::move(other.good_)) {}

bool FeatureFile::read(std::int64_t position, std::span<float> row) const {
  if (good_[std::size_t(position)] == 0) return false;
  const std::size_t offset = sizeof(Header) + std::size_t(position) * row_bytes(key_);
  if (read_at(descriptor_, offset, std::as_writable_bytes(row))) return true;
  throw Error(ErrorCode::io, path_, "cannot be read any more", "the features of this run",
              "start again: missing features are computed anew");
}

FeatureWriter::FeatureWriter(const std::string& path, const FeatureKey& key)
    : key_(key), file_(path), good_(std::size_t(key.count)) {
  const Header header = header_of(key);
  write(std::as_bytes(std::span(&header, 1)));
}

void FeatureWriter::write(std::span<const std::byte> bytes) {
  crc_ = crc32c(bytes, crc_);
  file_.write(bytes);
}

void FeatureWriter::skip_to(std::int64_t position) {
  const std::vector<std::byte> zeros(row_bytes(key_));
  for (; next_ < position; ++next_) write(zeros);
}

void FeatureWriter::add(std::int64_t position, std::span<const float> row) {
  if (position < next_ || position >= key_.count || std::int64_t(row.size()) != key_.width)
    throw Error(ErrorCode::internal, "features", "row " + std::to_string(position),
                "the next of " + std::to_string(key_.count));
  skip_to(position);
  write(std::as_bytes(row));
  good_[std::size_t(position)] = 1;
  ++next_;
}

void FeatureWriter::commit() {
  skip_to(key_.count);
  write(std::as_bytes(std::span(good_)));
  const std::uint32_t crc = crc_;
  file_.write(std::as_bytes(std::span(&crc, 1)));
  file_.commit();
}

}  // namespace noyau::training
