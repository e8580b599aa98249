#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace noyau::data {

/// Picture files above this are refused: more than any picture of `kMaxPixels` needs.
inline constexpr std::int64_t kMaxFileBytes = std::int64_t(1) << 30;

/// At most `limit` bytes from the start of a regular file; never blocks on a FIFO or a device.
/// Throws Error(io) when it is absent, not a regular file, or cannot be read.
std::vector<std::uint8_t> read_prefix(const std::string& path, std::size_t limit);

/// The whole file. Throws as `read_prefix`, and Error(unsupported) above `kMaxFileBytes`.
std::vector<std::uint8_t> read_file(const std::string& path);

}  // namespace noyau::data
