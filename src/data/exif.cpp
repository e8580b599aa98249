#include "data/exif.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace noyau::data {
namespace {

// Reads numbers at any offset; nothing outside the block is ever touched.
struct Reader {
  std::span<const std::uint8_t> bytes;
  bool big_endian = false;

  std::optional<std::uint32_t> number(std::uint64_t at, int size) const {
    if (at + std::uint64_t(size) > bytes.size()) return std::nullopt;
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i)
      value = value << 8 | bytes[std::size_t(at) + std::size_t(big_endian ? i : size - 1 - i)];
    return value;
  }
};

constexpr std::uint32_t kOrientationTag = 0x0112, kExifTag = 0x8769, kTakenTag = 0x9003;
constexpr std::uint32_t kAscii = 2, kShort = 3, kLong = 4;
constexpr std::uint32_t kEntryBytes = 12;

// The block's reader, or none where it does not begin as TIFF does.
std::optional<Reader> open_tiff(std::span<const std::uint8_t> tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M'))
    return std::nullopt;
  const Reader reader{tiff, tiff[0] == 'M'};
  if (reader.number(2, 2) != 42u) return std::nullopt;
  return reader;
}

// Where the entry of that tag lies in a directory.
std::optional<std::uint64_t> find_entry(const Reader& reader, std::uint64_t directory,
                                        std::uint32_t wanted) {
  const std::uint32_t entries = reader.number(directory, 2).value_or(0);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::uint64_t entry = directory + 2 + std::uint64_t(i) * kEntryBytes;
    const auto tag = reader.number(entry, 2);
    if (!tag) return std::nullopt;
    if (*tag == wanted) return entry;
  }
  return std::nullopt;
}

int entry_orientation(const Reader& reader, std::uint64_t entry) {
  if (reader.number(entry + 2, 2) != kShort || reader.number(entry + 4, 4) != 1u) return 1;
  const std::uint32_t value = reader.number(entry + 8, 2).value_or(1);
  return value >= 1 && value <= 8 ? int(value) : 1;
}

// "2024:05:31 17:04:09" as seconds from 1970.
std::optional<std::int64_t> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "0000:00:00 00:00:00";
  if (text.size() < kForm.size()) return std::nullopt;
  int numbers[6] = {}, field = 0;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (digit != (kForm[i] == '0') || (!digit && text[i] != kForm[i])) return std::nullopt;
    if (digit)
      numbers[field] = numbers[field] * 10 + (text[i] - '0');
    else
      ++field;
  }
  const auto [year, month, day, hour, minute, second] = numbers;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(unsigned(month)),
                                         std::chrono::day(unsigned(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

}  // namespace

Axes axes_of(int o) {
  return {o >= 5, o == 3 || o == 4 || o == 6 || o == 7, o == 2 || o == 3 || o == 7 || o == 8};
}

int exif_orientation(std::span<const std::uint8_t> tiff) {
  const auto reader = open_tiff(tiff);
  if (!reader) return 1;
  const auto entry = find_entry(*reader, *reader->number(4, 4), kOrientationTag);
  return entry ? entry_orientation(*reader, *entry) : 1;
}

std::optional<std::int64_t> exif_time(std::span<const std::uint8_t> tiff) {
  const auto reader = open_tiff(tiff);
  if (!reader) return std::nullopt;
  const auto exif = find_entry(*reader, *reader->number(4, 4), kExifTag);
  if (!exif || reader->number(*exif + 2, 2) != kLong) return std::nullopt;
  const auto directory = reader->number(*exif + 8, 4);
  const auto taken = directory ? find_entry(*reader, *directory, kTakenTag) : std::nullopt;
  if (!taken || reader->number(*taken + 2, 2) != kAscii) return std::nullopt;
  const std::uint64_t length = reader->number(*taken + 4, 4).value_or(0);
  const auto text = reader->number(*taken + 8, 4);
  if (!text || *text + length > tiff.size()) return std::nullopt;
  return parse_time({reinterpret_cast<const char*>(tiff.data()) + *text, std::size_t(length)});
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const Axes axes = axes_of(orientation);
  const bool transposed = axes.transposed;
  Image out{transposed ? image.width : image.height, transposed ? image.height : image.width,
            image.channels, std::vector<std::uint8_t>(image.pixels.size())};
  const std::uint8_t* src = image.pixels.data();
  for (std::int64_t y = 0; y < image.height; ++y) {
    const std::int64_t row = axes.rows_backwards ? image.height - 1 - y : y;
    for (std::int64_t x = 0; x < image.width; ++x) {
      const std::int64_t column = axes.columns_backwards ? image.width - 1 - x : x;
      const std::int64_t at = transposed ? column * out.width + row : row * out.width + column;
      for (std::int64_t c = 0; c < image.channels; ++c)
        out.pixels[std::size_t(at * image.channels + c)] = *src++;
    }
  }
  return out;
}

Size turned(Size size, int orientation) {
  return axes_of(orientation).transposed ? Size{size.width, size.height} : size;
}

Rectangle stored_part(const Rectangle& part, int orientation, Size stored) {
  const Axes axes = axes_of(orientation);
  Rectangle out = part;
  if (axes.transposed) out = {part.left, part.top, part.width, part.height};
  if (axes.rows_backwards) out.top = stored.height - out.top - out.height;
  if (axes.columns_backwards) out.left = stored.width - out.left - out.width;
  return out;
}

}  // namespace noyau::data
