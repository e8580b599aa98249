#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <vector>

#include "base/durable_file.hpp"
#include "io/zip/zip.hpp"
#include "noyau/error.hpp"

namespace noyau::io {
namespace {

constexpr std::size_t kChunk = std::size_t(1) << 18;

/// Takes the bytes of the file, piece by piece, and holds them against what the directory says.
class Output {
 public:
  Output(std::string where, const ZipMember& member, const std::string& path)
      : where_(std::move(where)), member_(member), file_(path) {}

  void write(std::span<const std::byte> bytes) {
    if (bytes.size() > member_.size - written_) fail("more bytes than the directory says");
    written_ += bytes.size();
    crc_ = crc32(crc_, reinterpret_cast<const unsigned char*>(bytes.data()), uInt(bytes.size()));
    file_.write(bytes);
  }
  void finish() {
    if (written_ != member_.size) fail(fmt::format("{} bytes", written_));
    if (crc_ != member_.crc) fail("another CRC-32 than the directory says");
    file_.commit();
  }
  [[noreturn]] void fail(const std::string& got) const {
    throw Error(ErrorCode::corrupt_file, where_, got, fmt::format("{} bytes", member_.size),
                "was the file damaged on its way?");
  }

 private:
  std::string where_;
  const ZipMember& member_;
  DurableFile file_;
  std::uint64_t written_ = 0;
  uLong crc_ = 0;
};

class Inflater {
 public:
  explicit Inflater(Output& output) : output_(output), buffer_(kChunk) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK)
      throw Error(ErrorCode::out_of_memory, "zlib", "no memory to inflate");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  void write(std::span<const std::byte> bytes) {
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream_.avail_in = uInt(bytes.size());
    bool more = !ended_;
    while (more) {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = uInt(buffer_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        output_.fail("damaged deflated data");
      ended_ = status == Z_STREAM_END;
      output_.write(std::span(buffer_).first(buffer_.size() - stream_.avail_out));
      more = !ended_ && (stream_.avail_in > 0 || stream_.avail_out == 0);
    }
    if (stream_.avail_in > 0) output_.fail("bytes behind the end of the deflated data");
  }
  bool ended() const { return ended_; }

 private:
  Output& output_;
  std::vector<std::byte> buffer_;
  z_stream stream_{};
  bool ended_ = false;
};

template <class Sink>
void copy(const InputFile& file, const ZipMember& member, Sink& sink) {
  std::vector<std::byte> bytes(std::size_t(std::min<std::uint64_t>(kChunk, member.stored)));
  for (std::uint64_t at = 0; at < member.stored; at += bytes.size()) {
    const auto count = std::size_t(std::min<std::uint64_t>(bytes.size(), member.stored - at));
    file.read(member.offset + at, std::span(bytes).first(count));
    sink.write(std::span<const std::byte>(bytes).first(count));
  }
}

}  // namespace

void unpack_member(const InputFile& file, const ZipMember& member, std::uint64_t most,
                   const std::string& path) {
  const std::string where = file.path() + ":" + member.name;
  if (member.size > most)
    throw Error(ErrorCode::unsupported, where, fmt::format("{} bytes", member.size),
                fmt::format("at most {}", most));
  Output output(where, member, path);
  if (member.deflated) {
    Inflater inflater(output);
    copy(file, member, inflater);
    if (!inflater.ended()) output.fail("deflated data that do not end");
  } else {
    copy(file, member, output);
  }
  output.finish();
}

}  // namespace noyau::io
