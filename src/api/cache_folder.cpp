#include "api/cache_folder.hpp"

#include <cstdlib>
#include <filesystem>

namespace noyau::api {

// The base directories are to be absolute, and ignored otherwise.
std::string cache_folder() {
  const auto absolute = [](const char* name) -> std::filesystem::path {
    const char* text = std::getenv(name);
    const std::filesystem::path path = text == nullptr ? "" : text;
    return path.is_absolute() ? path : std::filesystem::path();
  };
  if (const auto cache = absolute("XDG_CACHE_HOME"); !cache.empty()) return cache / "noyau";
  if (const auto home = absolute("HOME"); !home.empty()) return home / ".cache" / "noyau";
  return {};
}

}  // namespace noyau::api
