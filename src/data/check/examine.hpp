#pragma once

#include <string>

#include "data/check/thumbnail.hpp"
#include "noyau/check.hpp"

namespace noyau::data {

/// One picture, looked at.
struct Examined {
  PictureFacts facts;
  Thumbnail thumbnail{};
  std::array<std::uint64_t, kTurns> hashes{};  ///< perceptual; of each turn
  std::string failure;                         ///< why it cannot be read
};

/// Reads and decodes the picture once. Throws nothing but std::bad_alloc: what is wrong with the
/// picture is the result.
Examined examine(const Dataset& data, const Sample& sample, Split part);

}  // namespace noyau::data
