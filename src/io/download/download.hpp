#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace noyau::io {

/// A file to be fetched.
struct Download {
  std::string url;          ///< http, https or file
  std::string path;         ///< where it goes; what is there already is its beginning
  std::uint64_t bytes = 0;  ///< of the whole file; 0 = not known
  /// Told now and then; `all` is 0 where it is not known.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress = {};
};

/// Fetches what `path` does not have yet, going on where a connection breaks, from the beginning
/// where the server knows no ranges. Whether the bytes are the right ones is for the caller to
/// check. Proxies are those of the environment, but for this machine. Throws Error(io) naming the
/// address, with `path` left for another try; Error(corrupt_file) for a file that is longer than
/// `bytes`; Error(unsupported) where noyau was built without NOYAU_FETCH.
void download(const Download& download);

}  // namespace noyau::io
