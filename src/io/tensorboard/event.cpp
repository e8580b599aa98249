#include <bit>
#include <cstring>
#include <string_view>

#include "base/checksum.hpp"
#include "io/tensorboard/event_file.hpp"

namespace noyau::io {
namespace {

using Bytes = std::vector<std::byte>;

// Protocol buffers: a key is the field's number and how its value is stored.
enum Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

void put_varint(Bytes& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(std::byte(value | 0x80));
  to.push_back(std::byte(value));
}

void put_key(Bytes& to, int field, Wire wire) { put_varint(to, std::uint64_t(field << 3 | wire)); }

template <class T>
void put_fixed(Bytes& to, T value) {
  static_assert(std::endian::native == std::endian::little);
  const auto at = to.size();
  to.resize(at + sizeof(T));
  std::memcpy(to.data() + at, &value, sizeof(T));
}

void put_bytes(Bytes& to, int field, std::span<const std::byte> bytes) {
  put_key(to, field, kLength);
  put_varint(to, bytes.size());
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void put_text(Bytes& to, int field, std::string_view text) {
  put_bytes(to, field, std::as_bytes(std::span(text)));
}

Bytes begin_event(double wall_time) {
  Bytes event;
  put_key(event, 1, kFixed64);
  put_fixed(event, wall_time);
  return event;
}

// What TensorFlow stores in place of a checksum, so that one of a checksum is no checksum.
std::uint32_t masked(std::span<const std::byte> bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

}  // namespace

Bytes encode_version(double wall_time) {
  Bytes event = begin_event(wall_time);
  put_text(event, 3, "brain.Event:2");
  return event;
}

Bytes encode_event(const Scalars& scalars) {
  Bytes summary;
  for (const auto& [tag, number] : scalars.values) {
    Bytes value;
    put_text(value, 1, tag);
    put_key(value, 2, kFixed32);
    put_fixed(value, number);
    put_bytes(summary, 1, value);
  }
  Bytes event = begin_event(scalars.wall_time);
  put_key(event, 2, kVarint);
  put_varint(event, std::uint64_t(scalars.step));
  put_bytes(event, 5, summary);
  return event;
}

Bytes encode_record(const Bytes& event) {
  Bytes record;
  put_fixed(record, std::uint64_t(event.size()));
  put_fixed(record, masked(record));
  record.insert(record.end(), event.begin(), event.end());
  put_fixed(record, masked(event));
  return record;
}

}  // namespace noyau::io
