#include "io/safetensors/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "io/safetensors/layout.hpp"
#include "io/safetensors/stored_type.hpp"
#include "noyau/error.hpp"

namespace noyau::io {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostExtents = 64;
constexpr const char* kMetadata = "__metadata__";

const StoredTypeRow& find_type(const std::string& path, const std::string& tensor,
                               const std::string& name) {
  const auto row = std::find_if(kStoredTypes.begin(), kStoredTypes.end(),
                                [&](const StoredTypeRow& r) { return r.name == name; });
  if (row != kStoredTypes.end()) return *row;
  std::string names;
  for (const StoredTypeRow& r : kStoredTypes)
    names += (names.empty() ? "" : ", ") + std::string(r.name);
  throw Error(ErrorCode::unsupported, fmt::format("{}:{}", path, tensor.substr(0, 200)),
              fmt::format("dtype {}", name.substr(0, 40)), names);
}

/// Takes the events of the JSON parser, which needs no stack of its own: anything that is not
/// {name: {dtype, shape, data_offsets}} with an optional {"__metadata__": {text: text}} ends here.
class HeaderEvents : public nlohmann::json_sax<Json> {
 public:
  HeaderEvents(SafetensorsHeader& header, const std::string& path) : header_(header), path_(path) {}

  bool null() override { refuse("null"); }
  bool boolean(bool value) override { refuse(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { refuse(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { refuse(text.substr(0, 40)); }
  bool binary(binary_t&) override { refuse("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::numbers) refuse(std::to_string(value));
    if (field_ == Field::shape) {
      if (value > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
        refuse(std::to_string(value));
      if (tensor().shape.size() == kMostExtents) refuse("more than 64 extents");
      tensor().shape.push_back(std::int64_t(value));
    } else {
      if (offsets_ == 2) refuse("more than two numbers");
      (offsets_++ == 0 ? tensor().begin : tensor().end) = value;
    }
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata) {
      if (!header_.metadata.emplace(key_, text).second)
        fail_tensor(path_, kMetadata, fmt::format("\"{}\" twice", key_.substr(0, 200)),
                    "each key once");
      return true;
    }
    if (place_ != Place::tensor || field_ != Field::dtype)
      refuse(fmt::format("\"{}\"", text.substr(0, 40)));
    tensor().type = find_type(path_, tensor().name, text).type;
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside) {
      place_ = Place::root;
    } else if (place_ == Place::root && key_ == kMetadata) {
      if (metadata_seen_) fail_tensor(path_, kMetadata, "named twice", "each name once");
      metadata_seen_ = true;
      place_ = Place::metadata;
    } else if (place_ == Place::root) {
      header_.tensors.push_back({});
      tensor().name = key_;
      fields_ = 0;
      offsets_ = 0;
      place_ = Place::tensor;
    } else {
      refuse("an object");
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor && fields_ != kAllFields)
      fail_tensor(path_, tensor().name, fmt::format("no {}", first_absent_field()),
                  "dtype, shape and data_offsets");
    place_ = place_ == Place::root ? Place::outside : Place::root;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || field_ == Field::dtype) refuse("an array");
    place_ = Place::numbers;
    return true;
  }

  bool end_array() override {
    if (field_ == Field::data_offsets && offsets_ != 2) refuse("less than two numbers");
    place_ = Place::tensor;
    return true;
  }

  bool key(string_t& text) override {
    if (place_ == Place::tensor)
      take_field(text);
    else
      key_ = std::move(text);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    std::string reason = error.what();  // "[json.exception.parse_error.101] parse error at ...: "
    if (const std::size_t end = reason.find(": "); end != std::string::npos)
      reason = reason.substr(end + 2);
    throw Error(ErrorCode::corrupt_file, fmt::format("{}@{}", path_, 8 + position),
                "the header is not JSON: " + reason.substr(0, 200));
  }

 private:
  enum class Place { outside, root, metadata, tensor, numbers };
  enum class Field : unsigned { dtype, shape, data_offsets };
  static constexpr const char* kFields[] = {"dtype", "shape", "data_offsets"};
  static constexpr unsigned kAllFields = 7;

  StoredTensor& tensor() { return header_.tensors.back(); }

  void take_field(const std::string& text) {
    for (unsigned i = 0; i < 3; ++i) {
      if (text != kFields[i]) continue;
      if ((fields_ >> i & 1u) != 0)
        fail_tensor(path_, tensor().name, fmt::format("\"{}\" twice", text), "each key once");
      fields_ |= 1u << i;
      field_ = Field(i);
      return;
    }
    fail_tensor(path_, tensor().name, fmt::format("\"{}\"", text.substr(0, 40)),
                "dtype, shape and data_offsets");
  }

  const char* first_absent_field() const {
    unsigned i = 0;
    while ((fields_ >> i & 1u) != 0) ++i;
    return kFields[i];
  }

  [[noreturn]] void refuse(const std::string& got) {
    switch (place_) {
      case Place::metadata:
        fail_tensor(path_, kMetadata, fmt::format("{}: {}", key_.substr(0, 200), got), "a text");
      case Place::tensor:
      case Place::numbers:
        fail_tensor(path_, tensor().name, fmt::format("{}: {}", kFields[unsigned(field_)], got),
                    field_ == Field::dtype   ? "the name of a type"
                    : field_ == Field::shape ? "extents from 0 to 2^63 - 1"
                                             : "begin and end, two whole numbers");
      default:
        fail_tensor(path_, key_, got, "an object with dtype, shape and data_offsets");
    }
  }

  SafetensorsHeader& header_;
  const std::string& path_;
  Place place_ = Place::outside;
  Field field_ = Field::dtype;
  std::string key_;
  unsigned fields_ = 0;   ///< of the tensor at hand, one bit each
  unsigned offsets_ = 0;  ///< numbers of its data_offsets so far
  bool metadata_seen_ = false;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           const std::string& path) {
  if (!json.starts_with('{'))
    throw Error(ErrorCode::corrupt_file, path + "@8", "a header that does not start with {",
                "a safetensors file");
  // The JSON parser takes a NUL for the end of its input.
  if (const std::size_t nul = json.find('\0'); nul != std::string_view::npos)
    throw Error(ErrorCode::corrupt_file, fmt::format("{}@{}", path, 8 + nul), "a NUL in the header",
                "JSON, padded with spaces");
  SafetensorsHeader header;
  HeaderEvents events(header, path);
  Json::sax_parse(json, &events);
  check_names(header.tensors, path);
  sort_by_offset(header.tensors, data_bytes, path);
  return header;
}

}  // namespace noyau::io
