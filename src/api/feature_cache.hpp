#pragma once

#include <cstdint>
#include <string>

namespace noyau::api {

/// Where features of frozen stages are kept: below the cache folder, or in the system's folder for
/// temporary files where there is none.
std::string feature_folder();

/// Removes the files that were used longest ago until `bytes` more stay within the limit of 16 GiB.
void make_room(const std::string& folder, std::int64_t bytes);

/// Marks the file as used now.
void keep_from_eviction(const std::string& path);

}  // namespace noyau::api
