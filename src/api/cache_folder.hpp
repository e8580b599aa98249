#pragma once

#include <string>

namespace noyau::api {

/// $XDG_CACHE_HOME/noyau or ~/.cache/noyau; empty when there is neither. It may not exist yet.
std::string cache_folder();

}  // namespace noyau::api
