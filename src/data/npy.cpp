#include "data/npy.hpp"

#include <charconv>
#include <string_view>
#include <vector>

#include "data/limits.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr std::size_t kMagic = 8;  // "\x93NUMPY", major and minor version

struct Header {
  std::string_view text;
  std::size_t data = 0;  // where the numbers begin
};

Header header_of(std::span<const std::uint8_t> bytes, const std::string& where) {
  const auto broken = [&](const char* got) -> Error {
    return {ErrorCode::corrupt_file, where, got, "an NPY file"};
  };
  if (bytes.size() < kMagic + 4) throw broken("the header is cut off");
  const std::size_t width = bytes[6] == 1 ? 2 : 4;
  if (bytes[6] < 1 || bytes[6] > 3) throw broken("an unknown version of the header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i) length |= std::size_t(bytes[kMagic + i]) << (8 * i);
  const std::size_t begin = kMagic + width;
  if (length > bytes.size() - begin) throw broken("the header is cut off");
  return {{reinterpret_cast<const char*>(bytes.data()) + begin, length}, begin + length};
}

/// What follows `key` in the text of a Python dict, without spaces before it.
std::string_view value_of(std::string_view text, std::string_view key, const std::string& where) {
  const std::size_t at = text.find(key);
  std::size_t value = at == std::string_view::npos ? at : text.find(':', at + key.size());
  if (value != std::string_view::npos) value = text.find_first_not_of(" ", value + 1);
  if (value == std::string_view::npos)
    throw Error(ErrorCode::corrupt_file, where, "no " + std::string(key) + " in the header",
                "an NPY file");
  return text.substr(value);
}

std::vector<std::int64_t> shape_of(std::string_view text, const std::string& where) {
  std::vector<std::int64_t> shape;
  const Error broken(ErrorCode::corrupt_file, where, "a shape that cannot be read",
                     "whole numbers in brackets");
  if (!text.starts_with('(')) throw broken;
  text.remove_prefix(1);
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (text.starts_with(')')) return shape;
    std::int64_t extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc() || extent < 0) throw broken;
    text.remove_prefix(std::size_t(end - text.data()));
    shape.push_back(extent);
  }
}

Extents extents_of(const std::vector<std::int64_t>& shape, const std::string& where) {
  const bool channels = !shape.empty() && (shape.back() == 1 || shape.back() == 3);
  switch (shape.size()) {
    case 2:
      return {1, shape[0], shape[1], 1};
    case 3:
      if (channels) return {1, shape[0], shape[1], shape[2]};
      return {shape[0], shape[1], shape[2], 1};
    case 4:
      if (channels) return {shape[0], shape[1], shape[2], shape[3]};
      break;
    default:
      break;
  }
  std::string got;
  for (const std::int64_t extent : shape)
    got += (got.empty() ? "" : " x ") + std::to_string(extent);
  throw Error(
      ErrorCode::unsupported, where, "an array of " + got,
      "height x width, with 1 or 3 channels behind it or not, and a depth before it or not");
}

void check_size(const Extents& e, const std::string& where) {
  const std::int64_t extents[] = {e.depth, e.height, e.width};
  std::int64_t pixels = 1;
  for (const std::int64_t extent : extents) {
    if (extent < 1)
      throw Error(ErrorCode::corrupt_file, where, "an array without numbers", "at least 1 x 1");
    if (extent > kMaxPixels / pixels)
      throw Error(ErrorCode::unsupported, where, "more numbers than a picture may have",
                  "at most " + std::to_string(kMaxPixels) + " pixels");
    pixels *= extent;
  }
}

}  // namespace

Extents npy_extents(std::span<const std::uint8_t> bytes, const std::string& where) {
  const Header header = header_of(bytes, where);
  const std::string_view type = value_of(header.text, "'descr'", where);
  if (!type.starts_with("'|u1'") && !type.starts_with("'<u1'") && !type.starts_with("'u1'"))
    throw Error(ErrorCode::unsupported, where,
                "numbers of type " + std::string(type.substr(0, type.find(','))),
                "uint8, from 0 (black) to 255", "numpy: array.astype('uint8') after scaling");
  if (!value_of(header.text, "'fortran_order'", where).starts_with("False"))
    throw Error(ErrorCode::unsupported, where, "an array in Fortran order", "C order",
                "numpy: numpy.ascontiguousarray(array)");
  const Extents extents =
      extents_of(shape_of(value_of(header.text, "'shape'", where), where), where);
  check_size(extents, where);
  return extents;
}

Image decode_npy(std::span<const std::uint8_t> bytes, const std::string& where) {
  const Extents e = npy_extents(bytes, where);
  const auto numbers = bytes.subspan(header_of(bytes, where).data);
  const std::size_t wanted = std::size_t(e.depth * e.height * e.width * e.channels);
  if (numbers.size() < wanted)
    throw Error(ErrorCode::corrupt_file, where, std::to_string(numbers.size()) + " numbers",
                "the " + std::to_string(wanted) + " of its shape");
  const auto used = numbers.first(wanted);
  return {e.height, e.width, e.channels, {used.begin(), used.end()}, e.depth};
}

}  // namespace noyau::data
