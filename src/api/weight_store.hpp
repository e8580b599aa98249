#pragma once

#include <string>

#include "noyau/weight_store.hpp"

namespace noyau::api {

/// The file of that name in the weights folder, there or not.
std::string stored_path(const std::string& name);

/// What such a file says of itself; its tensors are not read. Throws Error(io, corrupt_file).
StoredWeights read_stored(const std::string& path);

}  // namespace noyau::api
