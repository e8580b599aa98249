#include <fmt/format.h>

#include <noyau/train.hpp>

#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {

int run_verify(const Arguments& arguments) {
  std::string folder;
  std::int64_t threads = 0;
  bool json = false, quiet = false;
  Parser parser("verify", "Repeat the first steps of a run and say whether the bits agree.",
                "  noyau verify runs/latest\n"
                "  noyau verify runs/train3 --threads 1\n"
                "The exit code is 0 when they agree and 6 when they do not.\n");
  parser.positional("RUN", &folder, "run folder")
      .integer("--threads", &threads, 0, 1024, "threads that compute; 0 = as the run")
      .output_flags(&json, &quiet);
  if (!parser.parse(arguments)) return 0;
  set_phase(Phase::model);
  const VerifyResult result = verify(folder, int(threads));
  if (json)
    out_json({{"run", folder},
              {"steps", result.steps},
              {"same", result.same},
              {"first_different", result.first_different},
              {"what", result.what},
              {"expected", result.expected},
              {"got", result.got}});
  else if (!quiet && result.same)
    out(fmt::format("{}: the first {} steps have the same bits\n", escaped(folder), result.steps));
  else if (!quiet)
    out(fmt::format("{}: {} differs{}: it was {} and is {}\n", escaped(folder), result.what,
                    result.first_different > 0 ? fmt::format(" in step {}", result.first_different)
                                               : fmt::format(" after {} steps", result.steps),
                    result.expected, result.got));
  return result.same ? kDone : kNumeric;
}

}  // namespace noyau::cli
