#include "api/tuning_file.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/build_id.hpp"
#include "api/cache_folder.hpp"
#include "api/files.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"

namespace noyau::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 16 << 20, kMostEntries = 10000;

std::string processor_key(int threads) {
  const BuildInfo info = build_info();
  return fmt::format("{}, {}, {} threads", info.cpu, info.kernel_target, threads);
}

// FNV-1a: file names that stay the same from run to run.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

}  // namespace

std::string machine_key(int threads) {
  return fmt::format("{}, build {}", processor_key(threads), build_id());
}

std::string tuning_path(int threads) {
  const std::string folder = cache_folder();
  if (folder.empty()) return {};
  return fmt::format("{}/tuning-{:016x}.json", folder, hash(processor_key(threads)));
}

std::string tuning_text(const plan::Tuning& table, std::string_view machine) {
  Json kernels = Json::object();
  for (const auto& [key, tuned] : table)
    kernels[key] = {{"variant", tuned.variant}, {"ms", tuned.ms}};
  return Json{{"machine", machine}, {"kernels", kernels}}.dump(1) + "\n";
}

plan::Tuning parse_tuning(const std::string& text, std::string_view machine,
                          const std::string& path) {
  plan::Tuning table;
  try {
    const Json json = Json::parse(text);
    const Json& kernels = json.at("kernels");
    if (json.at("machine").get<std::string>() != machine || kernels.size() > kMostEntries)
      return table;
    for (const auto& [key, tuned] : kernels.items())
      table[key] = {tuned.at("variant").get<int>(), tuned.at("ms").get<std::vector<double>>()};
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::corrupt_file, path, error.what(), "timings as noyau writes them");
  }
  return table;
}

TuningFile::TuningFile(const TuneOptions& options, int threads) : options_(options) {
  if (!options_.tune) return;
  path_ = tuning_path(threads);
  machine_ = machine_key(threads);
  std::error_code ignored;
  if (path_.empty() || !std::filesystem::exists(path_, ignored)) return;
  try {
    table_ = parse_tuning(read_file(path_, kMostBytes), machine_, path_);
  } catch (const Error& error) {
    warn(fmt::format("{}; kernels are timed again", error.what()));
  }
  read_ = table_;
}

void TuningFile::save() const {
  if (path_.empty() || table_ == read_) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  try {
    write_file(path_, tuning_text(table_, machine_));
  } catch (const Error& error) {
    warn(fmt::format("{}; kernels are timed again next time", error.what()));
  }
}

void TuningFile::warn(std::string_view what) const {
  if (options_.warning) options_.warning(std::string(what));
}

}  // namespace noyau::api
