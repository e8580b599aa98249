#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/checksum.hpp"
#include "noyau/error.hpp"
#include "train/checkpoint_format.hpp"

namespace noyau::training {
namespace {

/// The file, its size and the checksum of what was read so far.
class Source {
 public:
  explicit Source(const std::string& path) : path_(path) {
    std::error_code error;
    // A folder, a pipe or a device would block or lie about its size.
    if (!std::filesystem::is_regular_file(path, error)) {
      throw Error(ErrorCode::io, path, error ? error.message() : "no such file",
                  "a checkpoint file");
    }
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (!file_) throw Error(ErrorCode::io, path, std::strerror(errno), "a checkpoint file");
    size_ = std::filesystem::file_size(path, error);
    if (error) throw Error(ErrorCode::io, path, error.message());
  }

  void read(std::span<std::byte> bytes, const std::string& section) {
    if (!bytes.empty() && std::fread(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
      if (std::ferror(file_.get())) throw Error(ErrorCode::io, path_, std::strerror(errno));
      corrupt(section, "the end of the file", fmt::format("{} more bytes", bytes.size()));
    }
    checksum_.add(bytes);
    offset_ += bytes.size();
  }
  [[noreturn]] void corrupt(const std::string& section, const std::string& got,
                            const std::string& expected) const {
    fail_corrupt(path_, section, offset_, got, expected);
  }

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t checksum() const { return checksum_.value(); }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0, offset_ = 0;
  StreamChecksum checksum_;
};

template <class T>
T at(const std::array<std::byte, kPrefixBytes>& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

void expect_crc(const Source& in, const std::string& section, std::uint32_t got,
                std::uint32_t expected) {
  if (got != expected) {
    in.corrupt(section, fmt::format("CRC32C {:08x}", got), fmt::format("{:08x}", expected));
  }
}

struct HeaderBytes {
  std::uint32_t version = 0;
  std::vector<std::byte> bytes;
};

HeaderBytes read_header(Source& in) {
  if (in.size() < kPrefixBytes + kFooterBytes) {
    in.corrupt("prefix", fmt::format("a file of {} bytes", in.size()), "a checkpoint");
  }
  std::array<std::byte, kPrefixBytes> prefix;
  in.read(prefix, "prefix");
  if (std::memcmp(prefix.data(), kMagic.data(), kMagic.size()) != 0) {
    fail_corrupt(in.path(), "prefix", 0, "other first bytes", "a noyau checkpoint");
  }
  const auto version = at<std::uint32_t>(prefix, 8);
  if (version < 1 || version > kVersion) {
    throw Error(ErrorCode::unsupported, fmt::format("{}:prefix@8", in.path()),
                fmt::format("format version {}", version),
                fmt::format("version 1 to {}", kVersion));
  }
  const auto length = at<std::uint64_t>(prefix, 16);
  const std::uint64_t room = in.size() - kPrefixBytes - kFooterBytes;
  if (length > std::min(room, kMostHeaderBytes)) {
    fail_corrupt(in.path(), "prefix", 16, fmt::format("a header of {} bytes", length),
                 fmt::format("at most {}", std::min(room, kMostHeaderBytes)));
  }
  std::vector<std::byte> header(length);
  in.read(header, "header");
  expect_crc(in, "header", crc32c(header), at<std::uint32_t>(prefix, 12));
  return {version, std::move(header)};
}

/// The tensors have to fill the file exactly: nothing is allocated on the word of a header alone.
void check_sizes(const Source& in, std::uint64_t header_bytes, const Header& header) {
  std::uint64_t left = in.size() - kPrefixBytes - header_bytes - kFooterBytes;
  for (const TensorEntry& entry : header.tensors) {
    if (entry.bytes > left) {
      in.corrupt("tensor " + entry.name, fmt::format("{} bytes announced", entry.bytes),
                 fmt::format("{} left in the file", left));
    }
    left -= entry.bytes;
  }
  if (left != 0) in.corrupt("tensors", fmt::format("{} bytes too many", left), "none");
}

}  // namespace

Checkpoint load_checkpoint(const std::string& path) {
  Source in(path);
  const auto [version, bytes] = read_header(in);
  Header header = decode_header(bytes, version, path);
  check_sizes(in, bytes.size(), header);
  for (const TensorEntry& entry : header.tensors) {
    Tensor tensor(entry.shape, entry.dtype);
    const std::span elements(static_cast<std::byte*>(tensor.raw()), tensor.bytes());
    in.read(elements, "tensor " + entry.name);
    expect_crc(in, "tensor " + entry.name, crc32c(elements), entry.crc);
    Checkpoint& c = header.checkpoint;
    NamedTensors& list = entry.role == TensorEntry::Role::weight ? c.weights : c.buffers;
    list.emplace_back(entry.name, std::move(tensor));
  }
  const std::uint64_t expected = in.checksum();
  std::uint64_t footer = 0;
  in.read(std::as_writable_bytes(std::span(&footer, 1)), "footer");
  if (footer != expected) {
    in.corrupt("footer", fmt::format("checksum {:016x}", footer), fmt::format("{:016x}", expected));
  }
  return std::move(header.checkpoint);
}

}  // namespace noyau::training
