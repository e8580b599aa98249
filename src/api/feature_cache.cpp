#include "api/feature_cache.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "api/cache_folder.hpp"

namespace noyau::api {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLimit = std::int64_t(16) << 30;

struct Kept {
  fs::path path;
  std::int64_t bytes = 0;
  fs::file_time_type used;
};

std::vector<Kept> kept_files(const std::string& folder) {
  std::vector<Kept> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() != ".features") continue;
    files.push_back(
        {entry.path(), std::int64_t(entry.file_size(ignored)), entry.last_write_time(ignored)});
  }
  std::ranges::sort(files, {}, &Kept::used);
  return files;
}

}  // namespace

std::string feature_folder() {
  const std::string cache = cache_folder();
  std::error_code ignored;
  const fs::path base =
      cache.empty() ? fs::temp_directory_path(ignored) / "noyau" : fs::path(cache);
  return base / "features";
}

// A file that another run is reading stays readable to it: it has the file open.
void make_room(const std::string& folder, std::int64_t bytes) {
  const std::vector<Kept> files = kept_files(folder);
  std::int64_t total = bytes;
  for (const Kept& file : files) total += file.bytes;
  for (auto file = files.begin(); file != files.end() && total > kLimit; ++file) {
    std::error_code ignored;
    fs::remove(file->path, ignored);
    total -= file->bytes;
  }
}

void keep_from_eviction(const std::string& path) {
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
}

}  // namespace noyau::api
