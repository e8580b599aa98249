#include <fmt/format.h>

#include <chrono>
#include <noyau/error.hpp>
#include <noyau/weight_store.hpp>

#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "weight_actions.hpp"
#include "weight_output.hpp"

namespace noyau::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", double(bytes) / 1e6); }

/// Rewrites a line at most ten times a second.
class ProgressLine {
 public:
  explicit ProgressLine(std::string name) : name_(std::move(name)) {}

  void operator()(std::uint64_t done, std::uint64_t all) {
    const Clock::time_point now = Clock::now();
    if (done != all && now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    const std::string share = all == 0 ? "" : fmt::format(" of {}", megabytes(all));
    live_line(fmt::format("{}: {}{}", escaped(name_), megabytes(done), share), megabytes(done));
  }

 private:
  std::string name_;
  Clock::time_point shown_{};
};

}  // namespace

int run_weights_get(const Arguments& arguments) {
  std::string name;
  GetOptions options;
  bool json = false, quiet = false;
  Parser parser("weights get",
                "Fetch published weights, check them by their SHA-256 and keep them under their "
                "name. The only command that uses the network.",
                "  noyau weights get resnet18\n"
                "  noyau weights get resnet18 --mirror https://mirror.example/weights\n"
                "  noyau weights get resnet18 --mirror folder\n");
  parser.positional("NAME", &name, "what noyau weights list offers")
      .text("--mirror", &options.mirror, "address or folder that has the files, for this call",
            "URL")
      .flag("--replace", &options.replace, "in place of other weights of that name")
      .output_flags(&json, &quiet);
  if (!parser.parse(arguments)) return kDone;
  if (!json && !quiet && output_is_terminal()) options.progress = ProgressLine(name);
  set_phase(Phase::model);
  const StoredWeights weights = get_weights(name, options);
  clear_live_line();
  if (json)
    out_json(json_of(weights), true);
  else if (!quiet)
    out(fmt::format("{}: weights of {}, {}, kept in {}\n", escaped(weights.name),
                    escaped(weights.model), escaped(weights.origin.licence),
                    escaped(weights.path)));
  return kDone;
}

}  // namespace noyau::cli
