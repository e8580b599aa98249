#include "data/tar.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "noyau/error.hpp"

namespace noyau::data {
namespace {

using std::literals::operator""sv;

constexpr std::int64_t kBlock = 512;
constexpr std::int64_t kMaxLongName = std::int64_t(1) << 16, kMaxPax = std::int64_t(1) << 20;

std::string_view text_of(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A field of text that ends at its first NUL, or at its end.
std::string_view until_nul(std::string_view field) { return field.substr(0, field.find('\0')); }

// Octal digits between spaces and NULs.
std::optional<std::int64_t> octal(std::string_view field) {
  const std::size_t first = std::min(field.find_first_not_of(' '), field.size());
  std::int64_t value = 0;
  const char* begin = field.data() + first;
  const char* end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(begin, end, value, 8);
  if (error != std::errc() || value < 0) return std::nullopt;
  if (stop != end && *stop != ' ' && *stop != '\0') return std::nullopt;
  return value;
}

// Or, where its first byte is 0x80, a number to the base of 256.
std::optional<std::int64_t> number(std::string_view field) {
  if ((std::uint8_t(field[0]) & 0x80) == 0) return octal(field);
  if (std::uint8_t(field[0]) != 0x80) return std::nullopt;  // negative or too large
  std::int64_t value = 0;
  for (const char c : field.substr(1)) {
    if (value >> 54 != 0) return std::nullopt;
    value = value << 8 | std::uint8_t(c);
  }
  return value;
}

struct Header {
  std::string name;
  std::int64_t size = 0;
  char type = '0';
};

// The sum of the bytes, its own field taken as spaces; some old programs summed signed bytes.
bool has_right_checksum(std::string_view block) {
  const auto stored = octal(block.substr(148, 8));
  std::int64_t plain = 8 * ' ', with_signs = plain;
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (i >= 148 && i < 156) continue;
    plain += std::uint8_t(block[i]);
    with_signs += std::int8_t(block[i]);
  }
  return stored && (*stored == plain || *stored == with_signs);
}

void refuse_compressed(std::string_view start, const std::string& where) {
  constexpr std::string_view kMagics[] = {"\x1F\x8B"sv, "\x28\xB5\x2F\xFD"sv, "\xFD\x37zXZ"sv,
                                          "BZh"sv};
  for (const std::string_view magic : kMagics)
    if (start.starts_with(magic))
      throw Error(ErrorCode::unsupported, where, "a compressed archive",
                  "an uncompressed tar, whose pictures can be read in any order",
                  "unpack it with gunzip, unzstd, unxz or bunzip2; JPEG hardly shrinks anyway");
}

bool leads_out(const std::string& name) {
  return name.starts_with("/") || ("/" + name + "/").find("/../") != std::string::npos;
}

std::string kind_of(char type) {
  if (type == '1' || type == '2') return "a link";
  if (type == 'S') return "a sparse file";
  if (type == '3' || type == '4' || type == '6') return "a device or a FIFO";
  return "a member of an unknown type";
}

class Indexer {
 public:
  Indexer(const InputFile& file, const std::string& where) : file_(file), where_(where) {}

  TarIndex run() {
    refuse_compressed(text_of(file_.read(0, 8)), where_);
    while (const auto header = next()) take(*header);
    return std::move(index_);
  }

 private:
  [[noreturn]] void refuse(const std::string& got, const std::string& expected) const {
    throw Error(ErrorCode::corrupt_file, where_ + "@" + std::to_string(at_), got, expected);
  }

  // The header at `at_`; nothing at the zeros that end an archive.
  std::optional<Header> next() const {
    const std::vector<std::uint8_t> bytes = file_.read(at_, kBlock);
    const std::string_view block = text_of(bytes);
    if (std::ssize(block) < kBlock)
      refuse("the archive ends without its end mark: it is cut off", "a complete tar");
    if (std::ranges::all_of(block, [](char c) { return c == '\0'; })) return std::nullopt;
    if (!has_right_checksum(block)) refuse("a header with a wrong checksum", "a tar");
    const auto size = number(block.substr(124, 12));
    if (!size) refuse("a header whose size is no number", "octal digits");
    Header header{std::string(until_nul(block.substr(0, 100))), *size, block[156]};
    const std::string_view prefix = until_nul(block.substr(345, 155));
    if (block.substr(257, 6) == "ustar\0"sv && !prefix.empty())
      header.name = std::string(prefix) + "/" + header.name;
    return header;
  }

  void take(Header header) {
    if (header.type != 'L' && header.type != 'x' && header.type != 'g' && header.type != 'K') {
      if (long_name_) header.name = *long_name_;
      if (long_size_) header.size = *long_size_;
    }
    const std::int64_t data = at_ + kBlock;
    if (header.size > file_.size() - data)
      refuse("\"" + header.name + "\" has " + std::to_string(header.size) +
                 " bytes and the archive ends before",
             "a complete tar");
    switch (header.type) {
      case 'L':
        long_name_ = until_nul(text_of(extra(header.size, kMaxLongName)));
        break;
      case 'x':
        read_pax(text_of(extra(header.size, kMaxPax)));
        break;
      case 'g':
      case 'K':
        break;
      default:
        add(header, data);
        long_name_.reset();
        long_size_.reset();
        sparse_ = false;
    }
    at_ = data + (header.size + kBlock - 1) / kBlock * kBlock;
  }

  const std::vector<std::uint8_t>& extra(std::int64_t size, std::int64_t most) {
    if (size > most)
      refuse("a name or an extended header of " + std::to_string(size) + " bytes",
             "at most " + std::to_string(most));
    return extra_ = file_.read(at_ + kBlock, std::size_t(size));
  }

  // Records "LENGTH KEY=VALUE\n", the length being that of the whole record.
  void read_pax(std::string_view text) {
    while (!text.empty() && text[0] != '\0') {
      std::size_t length = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
      const std::size_t space = std::size_t(end - text.data());
      if (error != std::errc() || space >= text.size() || text[space] != ' ' ||
          length < space + 2 || length > text.size() || text[length - 1] != '\n')
        refuse("an extended header that cannot be read", "records \"LENGTH KEY=VALUE\"");
      const std::string_view record = text.substr(space + 1, length - space - 2);
      const std::size_t equals = record.find('=');
      if (equals == std::string_view::npos)
        refuse("an extended header that cannot be read", "records \"LENGTH KEY=VALUE\"");
      take_record(record.substr(0, equals), record.substr(equals + 1));
      text.remove_prefix(length);
    }
  }

  void take_record(std::string_view key, std::string_view value) {
    if (key == "path") long_name_ = until_nul(value);
    if (key.starts_with("GNU.sparse.")) sparse_ = true;
    if (key != "size") return;
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), size);
    if (error != std::errc() || end != value.data() + value.size() || size < 0)
      refuse("an extended header whose size is no number", "digits");
    long_size_ = size;
  }

  void add(const Header& header, std::int64_t data) {
    const bool folder = header.type == '5' || header.name.ends_with("/");
    if (folder) return;
    std::string name = header.name;
    while (name.starts_with("./")) name.erase(0, 2);
    const bool file = header.type == '0' || header.type == '\0' || header.type == '7';
    if (!file)
      index_.skipped.push_back({name, kind_of(header.type)});
    else if (sparse_)
      index_.skipped.push_back({name, "a sparse file"});
    else if (leads_out(name))
      index_.skipped.push_back({name, "a name that leads out of the archive"});
    else if (!names_.insert(name).second)
      index_.skipped.push_back({name, "the same name again"});
    else
      index_.files.push_back({name, data, header.size});
  }

  const InputFile& file_;
  const std::string& where_;
  std::int64_t at_ = 0;
  std::vector<std::uint8_t> extra_;
  std::optional<std::string> long_name_;  // of the member that follows
  std::optional<std::int64_t> long_size_;
  bool sparse_ = false;
  std::set<std::string> names_;
  TarIndex index_;
};

}  // namespace

TarIndex index_tar(const InputFile& file, const std::string& where) {
  return Indexer(file, where).run();
}

}  // namespace noyau::data
