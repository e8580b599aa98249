#include "data/inspection.hpp"

#include "data/file.hpp"
#include "data/format.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

// Where the frame header of a photograph stands without, and with, a preview in its metadata.
constexpr std::size_t kShortPrefix = 4096, kLongPrefix = std::size_t(1) << 18;

}  // namespace

std::optional<std::string> Inspection::refuse(const std::string& path) {
  return refuse(path, [&](std::size_t limit) { return read_prefix(root_ + "/" + path, limit); });
}

std::optional<std::string> Inspection::refuse(const std::string& path, const ReadPrefix& read) {
  try {
    const auto bytes = read(kShortPrefix);
    const Format format = sniff(bytes);
    if (!is_supported(format)) return refusal(format);
    if (format == Format::npy)
      look_at_array(path, bytes);
    else
      look_for_colour(read, bytes);
    ++pictures_;
    return std::nullopt;
  } catch (const Error& error) {
    return error.got();
  }
}

int Inspection::channels() const {
  if (channels_ != 0) return channels_;
  return colour_ || !grey_ ? 3 : 1;
}

void Inspection::look_at_array(const std::string& path, std::span<const std::uint8_t> bytes) {
  const Extents extents = npy_extents(bytes, path);
  (extents.channels == 3 ? colour_ : grey_) = true;
  if (volumes_++ == 0) first_ = extents;
  same_ = same_ && extents == first_;
}

void Inspection::look_for_colour(const ReadPrefix& read, std::span<const std::uint8_t> bytes) {
  if (channels_ != 0 || colour_) return;
  int found = header_channels(bytes);
  if (found == 0) found = header_channels(read(kLongPrefix));
  colour_ = colour_ || found == 3;
  grey_ = grey_ || found == 1;
}

}  // namespace noyau::data
