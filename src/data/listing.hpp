#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/data.hpp"

namespace noyau::data {

/// A regular file below a folder.
struct FoundFile {
  std::string path;  ///< relative to the root of the listing
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
};

/// What a folder holds, sorted by bytes. Files that systems strew about are left out silently.
struct Listing {
  std::vector<FoundFile> files;
  std::vector<Skipped> skipped;  ///< FIFOs, devices, sockets, link loops, unreadable folders
};

/// Hidden files, Thumbs.db, desktop.ini, __MACOSX.
bool is_junk(std::string_view name);

enum class PathKind : std::uint8_t { absent, file, folder, other };
/// Links are followed.
PathKind kind_of(const std::string& path);

/// A file as the folder it lies in and its name there.
struct PlacedFile {
  std::string folder, name;
};
PlacedFile place_of(const std::string& path);

/// Sorted names of the folders (or of the files) directly in `folder`, without junk. Throws
/// Error(io) when it cannot be read.
std::vector<std::string> child_folders(const std::string& folder);
std::vector<std::string> child_files(const std::string& folder);

/// All files below `root`/`below`, at any depth up to 32. Throws Error(io) when that folder itself
/// cannot be read.
Listing list_files(const std::string& root, const std::string& below);

}  // namespace noyau::data
