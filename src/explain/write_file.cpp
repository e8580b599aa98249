#include "explain/write_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "noyau/error.hpp"

namespace noyau::explain {
namespace {

bool write_all(const std::string& path, std::string_view bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (!file) return false;
  bool good = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  good = std::fflush(file) == 0 && good;
  const int error = errno;
  good = std::fclose(file) == 0 && good;
  if (!good && error != 0) errno = error;
  return good;
}

}  // namespace

void write_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp" + std::to_string(::getpid());
  errno = 0;
  if (write_all(temporary, bytes) && std::rename(temporary.c_str(), path.c_str()) == 0) return;
  const int error = errno;
  std::remove(temporary.c_str());
  throw Error(ErrorCode::io, path, "cannot write: " + std::string(std::strerror(error)), {},
              "check that the folder exists, may be written to, and has room");
}

void make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(ErrorCode::io, folder, "cannot make the folder: " + error.message());
}

}  // namespace noyau::explain
