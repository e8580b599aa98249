#include <fmt/format.h>

#include <noyau/run.hpp>

#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {

int run_version(const Arguments& arguments) {
  bool json = false;
  Parser parser("version", "Version, compiler, processor and the instruction set in use.",
                "  noyau version\n  noyau version --json\n");
  parser.output_flags(&json, nullptr);
  if (!parser.parse(arguments)) return 0;
  const BuildInfo info = build_info();
  if (json) {
    out_json({{"version", info.version},
              {"compiler", info.compiler},
              {"build_type", info.build_type},
              {"kernel_target", info.kernel_target},
              {"cpu", info.cpu},
              {"processors", info.processors}});
    return 0;
  }
  out(fmt::format("noyau {} ({}, {})\n{} kernels on {}, {} processors\n", info.version,
                  info.compiler, info.build_type, info.kernel_target, info.cpu, info.processors));
  return 0;
}

}  // namespace noyau::cli
