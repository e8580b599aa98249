#include <string_view>

#include "data/exif.hpp"
#include "data/format.hpp"

namespace noyau::data {
namespace {

using Bytes = std::span<const std::uint8_t>;
using std::literals::operator""sv;

bool begins_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::string_view(reinterpret_cast<const char*>(bytes.data()), text.size()) == text;
}

// The marker segments up to the first scan.
Bytes find_in_jpeg(Bytes file) {
  constexpr std::string_view kPrefix = "Exif\0\0"sv;
  std::size_t at = 2;
  while (at + 4 <= file.size() && file[at] == 0xFF) {
    const int marker = file[at + 1];
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const std::size_t length = std::size_t(file[at + 2]) << 8 | file[at + 3];
    if (marker == 0xDA || length < 2 || at + 2 + length > file.size()) return {};
    const Bytes segment = file.subspan(at + 4, length - 2);
    if (marker == 0xE1 && begins_with(segment, kPrefix)) return segment.subspan(kPrefix.size());
    at += 2 + length;
  }
  return {};
}

Bytes find_in_png(Bytes file) {
  std::size_t at = 8;
  while (at + 12 <= file.size()) {
    const std::size_t length = std::size_t(file[at]) << 24 | std::size_t(file[at + 1]) << 16 |
                               std::size_t(file[at + 2]) << 8 | file[at + 3];
    if (length > file.size() - at - 12) return {};
    if (begins_with(file.subspan(at + 4), "eXIf")) return file.subspan(at + 8, length);
    at += 12 + length;
  }
  return {};
}

Bytes find_in_webp(Bytes file) {
  constexpr std::string_view kJpegPrefix = "Exif\0\0"sv;  // some writers keep it
  std::size_t at = 12;
  while (at + 8 <= file.size()) {
    const std::size_t length = std::size_t(file[at + 7]) << 24 | std::size_t(file[at + 6]) << 16 |
                               std::size_t(file[at + 5]) << 8 | file[at + 4];
    if (length > file.size() - at - 8) return {};
    const Bytes chunk = file.subspan(at + 8, length);
    if (begins_with(file.subspan(at), "EXIF"))
      return begins_with(chunk, kJpegPrefix) ? chunk.subspan(kJpegPrefix.size()) : chunk;
    at += 8 + length + length % 2;
  }
  return {};
}

}  // namespace

std::span<const std::uint8_t> find_exif(std::span<const std::uint8_t> file) {
  switch (sniff(file)) {
    case Format::jpeg:
      return find_in_jpeg(file);
    case Format::png:
      return find_in_png(file);
    case Format::webp:
      return find_in_webp(file);
    default:
      return {};
  }
}

}  // namespace noyau::data
