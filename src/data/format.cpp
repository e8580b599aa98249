#include "data/format.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace noyau::data {
namespace {

struct Magic {
  Format format;
  std::size_t offset;
  std::string_view bytes;
};

using std::literals::operator""sv;

constexpr std::array kMagics = {
    Magic{Format::jpeg, 0, "\xFF\xD8\xFF"sv}, Magic{Format::png, 0, "\x89PNG\r\n\x1A\n"sv},
    Magic{Format::npy, 0, "\x93NUMPY"sv},     Magic{Format::gif, 0, "GIF8"sv},
    Magic{Format::tiff, 0, "II*\0"sv},        Magic{Format::tiff, 0, "MM\0*"sv},
    Magic{Format::tiff, 0, "II+\0"sv},        Magic{Format::tiff, 0, "MM\0+"sv},
    Magic{Format::webp, 8, "WEBP"sv},         Magic{Format::avif, 4, "ftypavi"sv},
    Magic{Format::heic, 4, "ftyphei"sv},      Magic{Format::heic, 4, "ftyphev"sv},
    Magic{Format::heic, 4, "ftypmif1"sv},     Magic{Format::heic, 4, "ftypmsf1"sv},
    Magic{Format::jpeg2000, 4, "jP  \r\n"sv}, Magic{Format::jpeg2000, 0, "\xFF\x4F\xFF\x51"sv},
    Magic{Format::jpeg_xl, 0, "\xFF\x0A"sv},  Magic{Format::jpeg_xl, 4, "JXL \r\n"sv},
    Magic{Format::pdf, 0, "%PDF"sv},          Magic{Format::zip, 0, "PK\x03\x04"sv},
    Magic{Format::gzip, 0, "\x1F\x8B"sv},     Magic{Format::bmp, 0, "BM"sv},
};

bool matches(std::string_view text, const Magic& magic) {
  return text.size() >= magic.offset + magic.bytes.size() &&
         text.substr(magic.offset, magic.bytes.size()) == magic.bytes;
}

Format sniff_text(std::string_view text) {
  std::string start(text.substr(0, 1024));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  const std::size_t first = start.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string::npos || start[first] != '<') return Format::unknown;
  if (start.find("<html") != std::string::npos || start.find("<!doctype html") != std::string::npos)
    return Format::html;
  return start.find("<svg") != std::string::npos ? Format::svg : Format::unknown;
}

int png_channels(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kColourType = 25;  // signature 8, length 4, "IHDR" 4, extents 8, depth 1
  if (bytes.size() <= kColourType) return 0;
  const int colour = bytes[kColourType];
  return colour == 0 || colour == 4 ? 1 : 3;
}

// The marker segments up to the frame header, which holds the number of components.
int jpeg_channels(std::span<const std::uint8_t> bytes) {
  std::size_t at = 2;
  while (at + 9 < bytes.size()) {
    if (bytes[at] != 0xFF) return 0;
    const int marker = bytes[at + 1];
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return bytes[at + 9] == 1 ? 1 : 3;
    if (marker == 0xD9 || marker == 0xDA) return 0;
    const std::size_t length = std::size_t(bytes[at + 2]) << 8 | bytes[at + 3];
    if (length < 2) return 0;
    at += 2 + length;
  }
  return 0;
}

}  // namespace

Format sniff(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return Format::empty;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const Magic& magic : kMagics)
    if (matches(text, magic)) return magic.format;
  return sniff_text(text);
}

std::string_view to_string(Format format) {
  static constexpr std::array<std::string_view, 18> kNames = {
      "JPEG", "PNG", "NPY",  "WebP", "empty", "GIF",  "TIFF",      "HEIC",    "AVIF",
      "BMP",  "SVG", "HTML", "PDF",  "ZIP",   "gzip", "JPEG 2000", "JPEG XL", "unknown"};
  return kNames[std::size_t(format)];
}

std::string refusal(Format format) {
  switch (format) {
    case Format::empty:
      return "empty file";
    case Format::unknown:
      return "not an image";
    case Format::html:
    case Format::pdf:
    case Format::zip:
    case Format::gzip:
      return "not an image but a " + std::string(to_string(format)) + " file";
    default:
      return "unsupported format " + std::string(to_string(format));
  }
}

int header_channels(std::span<const std::uint8_t> bytes) {
  switch (sniff(bytes)) {
    case Format::jpeg:
      return jpeg_channels(bytes);
    case Format::png:
      return png_channels(bytes);
    case Format::webp:
      return 3;  // the format knows no grey
    default:
      return 0;
  }
}

}  // namespace noyau::data
