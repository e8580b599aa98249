#include "io/safetensors/writer.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/durable_file.hpp"
#include "noyau/error.hpp"

namespace noyau::io {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& header, const std::string& path) {
  try {
    return header.dump();
  } catch (const Json::exception&) {
    throw Error(ErrorCode::invalid_argument, path, "a name or text that is not UTF-8");
  }
}

std::string header_text(const TensorList& tensors,
                        const std::map<std::string, std::string>& metadata,
                        const std::string& path) {
  Json notes = {{"format", "pt"}};
  for (const auto& [key, text] : metadata) notes[key] = text;
  // A list of pairs: an ordered_json looks through all its keys at each new one.
  Json::object_t header;
  header.reserve(tensors.size() + 1);
  header.std::vector<Json::object_t::value_type>::emplace_back("__metadata__", std::move(notes));
  std::uint64_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::uint64_t end = begin + tensor->bytes();
    const auto extents = tensor->shape().extents();
    Json entry = {{"dtype", "F32"},
                  {"shape", std::vector<std::int64_t>(extents.begin(), extents.end())},
                  {"data_offsets", {begin, end}}};
    header.std::vector<Json::object_t::value_type>::emplace_back(name, std::move(entry));
    begin = end;
  }
  std::string text = dump(Json(std::move(header)), path);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the numbers then lie aligned
  return text;
}

void check(const TensorList& tensors, const std::string& path) {
  std::map<std::string_view, int> names{{"__metadata__", 1}};
  for (const auto& [name, tensor] : tensors) {
    if (++names[name] > 1)
      throw Error(ErrorCode::invalid_argument, fmt::format("{}:{}", path, name), "named twice",
                  "each name once");
    if (tensor->dtype() != DType::f32)
      throw Error(ErrorCode::unsupported, fmt::format("{}:{}", path, name),
                  std::string(to_string(tensor->dtype())), "f32");
  }
}

}  // namespace

void write_safetensors(const std::string& path, const TensorList& tensors,
                       const std::map<std::string, std::string>& metadata) {
  check(tensors, path);
  const std::string header = header_text(tensors, metadata, path);
  const std::uint64_t length = header.size();
  DurableFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(std::as_bytes(std::span(header)));
  for (const auto& [name, tensor] : tensors)
    file.write({static_cast<const std::byte*>(tensor->raw()), tensor->bytes()});
  file.commit();
}

}  // namespace noyau::io
