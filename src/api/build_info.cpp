#include <fstream>
#include <string>

#include "base/thread_pool.hpp"
#include "kernels/kernel.hpp"
#include "noyau/run.hpp"

namespace noyau {
namespace {

/// The processor as the system names it; "unknown" where it does not say.
std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos && line.starts_with("model name")) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string compiler_name() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

}  // namespace

BuildInfo build_info() {
  BuildInfo info;
  info.version = NOYAU_VERSION;
  info.compiler = compiler_name();
#ifdef NDEBUG
  info.build_type = "release";
#else
  info.build_type = "checked";
#endif
  info.kernel_target = std::string(kernels::target());
  info.cpu = cpu_name();
  info.processors = available_processors();
  return info;
}

}  // namespace noyau
