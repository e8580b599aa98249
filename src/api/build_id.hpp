#pragma once

#include <string>

namespace noyau::api {

/// Names the machine code that runs: the linker's build id of the file that holds the library, or
/// version and compiler where it has none.
std::string build_id();

}  // namespace noyau::api
