#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/file.hpp"
#include "noyau/data.hpp"

namespace noyau::data {

/// A regular file inside an archive.
struct TarMember {
  std::string name;
  std::int64_t offset = 0;  ///< of its bytes in the archive
  std::int64_t size = 0;
  bool operator==(const TarMember&) const = default;
};

struct TarIndex {
  std::vector<TarMember> files;  ///< in the archive's order
  std::vector<Skipped> skipped;  ///< links, devices, sparse files, names that lead out of it
};

/// Walks over the headers of an uncompressed archive: ustar, pax (path, size) or GNU (long names,
/// large sizes). Throws Error(corrupt_file) naming WHERE@OFFSET for a header with a wrong checksum
/// or numbers, and for an archive that is cut off; Error(unsupported) for a compressed one.
TarIndex index_tar(const InputFile& file, const std::string& where);

}  // namespace noyau::data
