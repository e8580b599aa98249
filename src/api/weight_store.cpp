#include "noyau/weight_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "api/network.hpp"
#include "api/registry.hpp"
#include "api/weight_store.hpp"
#include "io/safetensors/reader.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// A name in the folder, as opposed to something that can only be a path.
bool can_be_name(const std::string& text) {
  if (text.find('/') != std::string::npos) return false;
  for (const char* ending : {".noyau", ".safetensors", ".pth", ".pt"})
    if (text.ends_with(ending)) return false;
  return true;
}

[[noreturn]] void refuse_unknown(const std::string& name) {
  std::vector<std::string> names;
  for (const StoredWeights& weights : stored_weights()) names.push_back(weights.name);
  std::string hint;
  for (const OfferedWeights& weights : offered_weights()) {
    names.push_back(weights.name);
    if (weights.name == name) hint = fmt::format("noyau weights get {} brings them", name);
  }
  const std::string near = nearest_name(name, names);
  if (hint.empty() && !near.empty()) hint = fmt::format("did you mean {}?", near);
  throw Error(ErrorCode::io, name, "neither a file nor a name of weights that are here",
              "a run folder, a weight file, or a name that noyau weights list shows", hint);
}

}  // namespace

std::string weights_folder() {
  if (const std::string own = variable("NOYAU_WEIGHTS"); !own.empty()) return own;
  if (const std::string data = variable("XDG_DATA_HOME"); !data.empty())
    return data + "/noyau/weights";
  if (const std::string home = variable("HOME"); !home.empty())
    return home + "/.local/share/noyau/weights";
  throw Error(ErrorCode::io, "weights", "no folder for them", "NOYAU_WEIGHTS or HOME to be set");
}

StoredWeights api::read_stored(const std::string& path) {
  const io::SafetensorsReader reader(path);
  const ModelCard card = read_card(reader.header().metadata, path);
  return {.name = fs::path(path).stem().string(),
          .path = path,
          .model = card.model,
          .bytes = std::int64_t(fs::file_size(path)),
          .classes = std::int64_t(card.classes.size()),
          .origin = card.origin};
}

std::string api::stored_path(const std::string& name) {
  return weights_folder() + "/" + name + ".safetensors";
}

std::vector<StoredWeights> stored_weights() {
  const std::string folder = weights_folder();
  std::vector<StoredWeights> list;
  std::error_code failed;
  if (!fs::exists(folder, failed)) return list;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string path = at->path().string();
    if (!path.ends_with(".safetensors")) continue;
    try {
      list.push_back(api::read_stored(path));
    } catch (const Error&) {
      continue;  // a file of somebody else, or a damaged one: using it tells what is wrong
    }
  }
  if (failed) throw Error(ErrorCode::io, folder, "cannot be read: " + failed.message());
  std::ranges::sort(list, {}, &StoredWeights::name);
  return list;
}

std::vector<OfferedWeights> offered_weights() {
  std::vector<OfferedWeights> list;
  for (const api::RegistryEntry& entry : api::read_registry()) {
    std::error_code ignored;
    list.push_back({.name = entry.name,
                    .model = entry.model,
                    .address = entry.url,
                    .bytes = entry.bytes,
                    .origin = {entry.source, entry.licence, entry.sha256},
                    .here = fs::exists(api::stored_path(entry.name), ignored)});
  }
  return list;
}

std::string resolve_weights(const std::string& text) {
  std::error_code ignored;
  if (!can_be_name(text) || fs::is_regular_file(text, ignored) || is_run(text)) return text;
  const std::string path = api::stored_path(text);
  if (fs::exists(path, ignored)) return path;
  if (fs::exists(text, ignored)) return text;
  refuse_unknown(text);
}

}  // namespace noyau
