#include "io/zip/zip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <set>

#include "noyau/error.hpp"

namespace noyau::io {
namespace {

constexpr std::uint64_t kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr std::uint64_t kMostComment = 65535, kMostDirectory = 64 << 20;
constexpr std::uint32_t kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::uint64_t kDeflate = 8;
constexpr std::uint32_t kCentral = 0x02014b50, kLocal = 0x04034b50;

[[noreturn]] void fail(const InputFile& file, std::uint64_t at, const std::string& got) {
  throw Error(ErrorCode::corrupt_file, fmt::format("{}@{}", file.path(), at), got,
              "a whole ZIP archive", "was the file cut off on its way?");
}

/// Little-endian numbers of a piece of the file.
struct Bytes {
  std::string text;
  std::uint64_t number(std::size_t at, std::size_t width) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value |= std::uint64_t(static_cast<unsigned char>(text[at + i])) << (8 * i);
    return value;
  }
};

Bytes piece(const InputFile& file, std::uint64_t offset, std::uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) fail(file, offset, "an end too soon");
  Bytes bytes{std::string(std::size_t(size), '\0')};
  file.read(offset, std::as_writable_bytes(std::span(bytes.text)));
  return bytes;
}

struct Directory {
  std::uint64_t offset = 0, size = 0, members = 0;
};

/// Looks for the end record from behind, past a comment.
Directory find_directory(const InputFile& file) {
  const std::uint64_t tail = std::min(file.size(), kEndBytes + kMostComment);
  const Bytes bytes = piece(file, file.size() - tail, tail);
  for (std::uint64_t back = kEndBytes; back <= tail; ++back) {
    const std::size_t at = std::size_t(tail - back);
    if (bytes.number(at, 4) != kEnd) continue;
    if (bytes.number(at + 20, 2) != back - kEndBytes) continue;  // not the end of the file
    Directory found{bytes.number(at + 16, 4), bytes.number(at + 12, 4), bytes.number(at + 10, 2)};
    const bool large =
        found.offset == 0xFFFFFFFF || found.size == 0xFFFFFFFF || found.members == 0xFFFF;
    if (!large) return found;
    const std::uint64_t end = file.size() - back;
    if (end < kLocator64Bytes) fail(file, end, "no ZIP64 locator");
    const Bytes locator = piece(file, end - kLocator64Bytes, kLocator64Bytes);
    if (locator.number(0, 4) != kLocator64) fail(file, end, "no ZIP64 locator");
    const std::uint64_t at64 = locator.number(8, 8);
    const Bytes end64 = piece(file, at64, kEnd64Bytes);
    if (end64.number(0, 4) != kEnd64) fail(file, at64, "no ZIP64 end record");
    return {end64.number(48, 8), end64.number(40, 8), end64.number(32, 8)};
  }
  fail(file, file.size(), "no end record");
}

/// The ZIP64 extra field of a directory entry: the wide values of those that do not fit 32 bits,
/// one after the other.
class Wide {
 public:
  /// Looks between `at` and `end`, where the extra fields are.
  Wide(const Bytes& bytes, std::size_t at, std::size_t end) : bytes_(bytes) {
    while (at + 4 <= end) {
      const std::size_t size = std::size_t(bytes.number(at + 2, 2)), begin = at + 4;
      if (begin + size > end) return;
      if (bytes.number(at, 2) == 1) {
        next_ = begin;
        end_ = begin + size;
        return;
      }
      at = begin + size;
    }
  }

  std::uint64_t operator()(std::uint64_t narrow) {
    if (narrow != 0xFFFFFFFF || next_ + 8 > end_) return narrow;
    next_ += 8;
    return bytes_.number(next_ - 8, 8);
  }

 private:
  const Bytes& bytes_;
  std::size_t next_ = 0, end_ = 0;
};

/// Checks the record in front of the member's bytes and finds these.
std::uint64_t data_offset(const InputFile& file, const ZipMember& member, std::uint64_t local) {
  constexpr std::uint64_t kLocalBytes = 30;
  const Bytes head = piece(file, local, kLocalBytes);
  const std::uint64_t name = head.number(26, 2), extra = head.number(28, 2);
  if (head.number(0, 4) != kLocal) fail(file, local, "no member where one should be");
  if (piece(file, local + kLocalBytes, name).text != member.name)
    fail(file, local, "a member of another name than the directory says");
  const std::uint64_t begin = local + kLocalBytes + name + extra;
  if (begin > file.size() || member.stored > file.size() - begin)
    fail(file, local, "a member that is longer than the file");
  return begin;
}

void expect_apart(const InputFile& file, std::vector<ZipMember> members) {
  std::ranges::sort(members, {}, &ZipMember::offset);
  std::set<std::string> names;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!names.insert(members[i].name).second)
      fail(file, members[i].offset, "two members of one name");
    if (i > 0 && members[i - 1].offset + members[i - 1].stored > members[i].offset)
      fail(file, members[i].offset, "members that overlap");
  }
}

}  // namespace

std::vector<ZipMember> read_zip(const InputFile& file) {
  const Directory directory = find_directory(file);
  if (directory.size > kMostDirectory) fail(file, directory.offset, "a directory over 64 MiB");
  const Bytes bytes = piece(file, directory.offset, directory.size);
  constexpr std::size_t kCentralBytes = 46;
  std::vector<ZipMember> members;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.members; ++i) {
    const auto broken = [&] { fail(file, directory.offset + at, "a directory entry cut off"); };
    if (at + kCentralBytes > bytes.text.size() || bytes.number(at, 4) != kCentral) broken();
    const std::size_t name = bytes.number(at + 28, 2), extra = bytes.number(at + 30, 2);
    const std::size_t comment = bytes.number(at + 32, 2), begin = at + kCentralBytes;
    if (begin + name + extra + comment > bytes.text.size()) broken();
    ZipMember member{.name = bytes.text.substr(begin, name),
                     .crc = std::uint32_t(bytes.number(at + 16, 4))};
    const bool encrypted = (bytes.number(at + 8, 2) & 1) != 0;
    const std::uint64_t method = bytes.number(at + 10, 2);
    if ((method != 0 && method != kDeflate) || encrypted)
      throw Error(ErrorCode::unsupported, file.path() + ":" + member.name,
                  encrypted ? "an encrypted member" : fmt::format("compression {}", method),
                  "members that are stored or deflated");
    member.deflated = method == kDeflate;
    Wide wide(bytes, begin + name, begin + name + extra);
    member.size = wide(bytes.number(at + 24, 4));
    member.stored = wide(bytes.number(at + 20, 4));
    if (!member.deflated && member.stored != member.size)
      fail(file, directory.offset + at, "a stored member of two sizes");
    member.offset = data_offset(file, member, wide(bytes.number(at + 42, 4)));
    members.push_back(std::move(member));
    at = begin + name + extra + comment;
  }
  expect_apart(file, members);
  return members;
}

std::string read_member(const InputFile& file, const ZipMember& member, std::uint64_t most) {
  if (member.size > most || member.deflated)
    throw Error(
        ErrorCode::unsupported, file.path() + ":" + member.name,
        member.deflated ? "a compressed member" : fmt::format("{} bytes", member.size),
        member.deflated ? "members as torch.save stores them" : fmt::format("at most {}", most));
  std::string text = piece(file, member.offset, member.size).text;
  const auto crc = crc32(0, reinterpret_cast<const unsigned char*>(text.data()), uInt(text.size()));
  if (crc == member.crc) return text;
  throw Error(ErrorCode::corrupt_file, file.path() + ":" + member.name, "another CRC-32",
              "that of the directory", "was the file damaged on its way?");
}

}  // namespace noyau::io
