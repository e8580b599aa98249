#include "data/idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "data/listing.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr int kUnsignedByte = 0x08;
constexpr std::int64_t kMaxBytes = std::int64_t(1) << 40;
// Memory follows the bytes that are really there, whatever the header claims.
constexpr std::size_t kChunk = std::size_t(1) << 20;

struct Close {
  void operator()(gzFile file) const { gzclose_r(file); }
};

[[noreturn]] void corrupt(const std::string& path, std::string got, std::string expected) {
  throw Error(ErrorCode::corrupt_file, path, std::move(got), std::move(expected));
}

// Reads through gzip where there is one, as it is where not.
class Source {
 public:
  explicit Source(const std::string& path) : path_(path) {
    switch (kind_of(path)) {
      case PathKind::absent:
        throw Error(ErrorCode::io, path, "does not exist", "an IDX file");
      case PathKind::file:
        break;
      default:
        throw Error(ErrorCode::io, path, "not a regular file", "an IDX file");
    }
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_) {
      throw Error(ErrorCode::io, path, "cannot be read: " + std::generic_category().message(errno),
                  "an IDX file");
    }
  }

  // The bytes delivered, fewer than `count` only at the end of the file.
  std::size_t read(std::uint8_t* out, std::size_t count) {
    const int n = gzread(file_.get(), out, unsigned(count));
    int status = Z_OK;
    const char* message = gzerror(file_.get(), &status);
    // Z_BUF_ERROR: the stream ends in the middle of its data.
    if (n < 0 || status == Z_BUF_ERROR || status == Z_DATA_ERROR)
      corrupt(path_, std::string("damaged gzip data: ") + message, "a complete file");
    return std::size_t(n);
  }

 private:
  const std::string& path_;
  std::unique_ptr<gzFile_s, Close> file_;
};

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t(bytes[0]) << 24 | std::uint32_t(bytes[1]) << 16 |
         std::uint32_t(bytes[2]) << 8 | bytes[3];
}

void read_magic(Source& source, const std::string& path, int rank) {
  std::uint8_t magic[4] = {};
  const std::size_t n = source.read(magic, 4);
  if (n < 4) corrupt(path, std::to_string(n) + " bytes", "at least a header of 4 bytes");
  const std::string expected = "00 00 08 0" + std::to_string(rank);
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != kUnsignedByte || magic[3] != rank) {
    char text[64];
    std::snprintf(text, sizeof text, "magic number %02x %02x %02x %02x", magic[0], magic[1],
                  magic[2], magic[3]);
    corrupt(path, text,
            expected + " (IDX, unsigned bytes, " + std::to_string(rank) + " dimensions)");
  }
}

std::int64_t read_extents(Source& source, const std::string& path, int rank, IdxArray& array) {
  std::int64_t total = 1;
  for (int i = 0; i < rank; ++i) {
    std::uint8_t bytes[4] = {};
    if (source.read(bytes, 4) < 4) corrupt(path, "ends within its header", "a complete header");
    const std::int64_t extent = big_endian(bytes);
    if (extent == 0) corrupt(path, "dimension " + std::to_string(i) + " is 0", "at least 1");
    if (extent > kMaxBytes / total)
      corrupt(path, "dimensions of more than 2^40 bytes in all", "at most 2^40");
    total *= extent;
    array.extents.push_back(extent);
  }
  return total;
}

void read_body(Source& source, const std::string& path, std::size_t total, IdxArray& array) {
  const std::string expected = std::to_string(total) + " bytes, as its header says";
  while (array.bytes.size() < total) {
    const std::size_t have = array.bytes.size(), want = std::min(kChunk, total - have);
    array.bytes.resize(have + want);
    const std::size_t n = source.read(array.bytes.data() + have, want);
    if (n < want) corrupt(path, std::to_string(have + n) + " bytes of data", expected);
  }
  std::uint8_t extra = 0;
  if (source.read(&extra, 1) != 0) corrupt(path, "bytes after the data", expected);
}

}  // namespace

IdxArray read_idx(const std::string& path, int rank) {
  Source source(path);
  IdxArray array;
  read_magic(source, path, rank);
  const std::int64_t total = read_extents(source, path, rank, array);
  read_body(source, path, std::size_t(total), array);
  return array;
}

}  // namespace noyau::data
