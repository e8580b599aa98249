#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace noyau {

/// A file that appears under its name only when whole: it is written beside as name.tmp.<pid>.
/// Every function throws Error(io) naming the file; the temporary file is then removed.
class DurableFile {
 public:
  explicit DurableFile(std::string path);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// Syncs the file, renames it to its name and syncs the folder.
  void commit();

 private:
  [[noreturn]] void fail(const char* action) const;

  std::string path_, temporary_;
  int descriptor_ = -1;
};

}  // namespace noyau
