#pragma once

#include <string>
#include <vector>

namespace noyau::cli {

using Arguments = std::vector<std::string>;

/// One verb: reads its arguments, calls the library, prints. Returns the exit code; throws
/// noyau::Error.
struct Command {
  const char* name;
  const char* summary;
  int (*run)(const Arguments& arguments);
};

const std::vector<Command>& commands();

#define COMMAND(name, summary) int run_##name(const Arguments& arguments);
#include "commands.def"
#undef COMMAND

}  // namespace noyau::cli
