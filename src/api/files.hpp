#pragma once

#include <string>
#include <string_view>

namespace noyau::api {

/// Writes the file beside its name, syncs it and renames it: readers see the old or the new text.
/// Throws Error(io) naming the path.
void write_file(const std::string& path, std::string_view text);

/// Makes the folder and those above it where they are missing. Throws Error(io) naming the path.
void make_folder(const std::string& path);

/// The whole file, at most `limit` bytes. Throws Error(io) naming the path.
std::string read_file(const std::string& path, std::size_t limit);

/// A lock on a folder that other processes respect and that ends with this object or process.
class FolderLock {
 public:
  FolderLock() = default;
  /// Throws Error(io) naming the process that holds it.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace noyau::api
