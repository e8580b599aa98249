#pragma once

#include <string>
#include <string_view>

namespace noyau::explain {

/// Writes `bytes` to a temporary file beside `path`, then renames it, so that a reader never sees
/// half a file. Throws io naming `path`.
void write_file(const std::string& path, std::string_view bytes);

/// Makes `folder` and its parents when missing. Throws io naming it.
void make_folder(const std::string& folder);

}  // namespace noyau::explain
