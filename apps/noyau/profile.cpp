#include <fmt/format.h>

#include <algorithm>
#include <noyau/error.hpp>
#include <noyau/profile.hpp>

#include "output.hpp"
#include "parser.hpp"
#include "tune_options.hpp"

namespace noyau::cli {
namespace {

struct ProfileFlags {
  ModelBenchOptions bench;
  std::int64_t threads = 0, rows = 20;
  bool train = false, infer = false, tune = false, json = false;
  std::string csv, trace, numerics = "fast", memory = "normal";
};

double rate(double amount, double ms) { return ms > 0 ? amount / ms * 1e3 : 0; }

std::string rates(const Profile& profile, double ms, double gflop, double gbyte) {
  std::string text = fmt::format("{:>9.2f} {:>6.1f} %", ms, 100 * ms / profile.step_ms);
  if (gflop > 0)
    text += fmt::format(" {:>9.1f} {:>7.1f} %", rate(gflop, ms),
                        100 * rate(gflop, ms) / profile.fma_peak_gflops);
  else
    text += fmt::format(" {:>9} {:>9}", "", "");
  if (gbyte > 0) text += fmt::format(" {:>7.1f}", rate(gbyte, ms));
  return text;
}

std::string head(const char* first, std::size_t width) {
  return fmt::format("{:<{}} {:>5} {:>9} {:>8} {:>9} {:>9} {:>7}\n", first, width, "calls", "ms",
                     "of step", "GFLOP/s", "of peak", "GB/s");
}

void print_totals(const Profile& profile) {
  const std::vector<ProfileTotal> list = totals(profile);
  std::size_t width = 2;
  for (const ProfileTotal& t : list) width = std::max(width, t.op.size());
  out(head("op", width));
  for (const ProfileTotal& t : list)
    out(fmt::format("{:<{}} {:>5} {}\n", t.op, width, t.calls,
                    rates(profile, t.ms, t.gflop, t.gbyte)));
}

void print_longest(const Profile& profile, std::int64_t count) {
  std::vector<ProfileRow> rows = profile.rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ProfileRow& a, const ProfileRow& b) { return a.ms > b.ms; });
  rows.resize(std::min(rows.size(), std::size_t(count)));
  std::size_t width = 4;
  for (const ProfileRow& row : rows) width = std::max(width, row.node.size());
  if (rows.empty()) return;
  out("\n" + head("longest calls", width));
  for (const ProfileRow& row : rows)
    out(fmt::format("{:<{}} {:>5} {:<46}  {} {}\n", row.node, width, "",
                    rates(profile, row.ms, row.gflop, row.gbyte), row.kernel, row.problem));
}

Json json_of(const Profile& profile) {
  Json rows = Json::array();
  for (const ProfileRow& r : profile.rows)
    rows.push_back({{"node", r.node},
                    {"op", r.op},
                    {"kernel", r.kernel},
                    {"problem", r.problem},
                    {"begin_ms", r.begin_ms},
                    {"ms", r.ms},
                    {"gflop", r.gflop},
                    {"gbyte", r.gbyte}});
  return {{"model", profile.model},
          {"mode", profile.mode},
          {"batch", profile.batch},
          {"threads", profile.threads},
          {"steps", profile.steps},
          {"step_ms", profile.step_ms},
          {"fma_peak_gflops", profile.fma_peak_gflops},
          {"memory_gb_s", profile.memory_gb_s},
          {"rows", rows}};
}

void print_table(const Profile& profile, std::int64_t rows) {
  out(
      fmt::format("{} {}, batch {}, {} threads: {:.2f} ms a step (median of {}); this machine: "
                  "{:.1f} GFLOP/s, {:.1f} GB/s\n\n",
                  profile.model, profile.mode, profile.batch, profile.threads, profile.step_ms,
                  profile.steps, profile.fma_peak_gflops, profile.memory_gb_s));
  print_totals(profile);
  print_longest(profile, rows);
}

}  // namespace

int run_profile(const Arguments& arguments) {
  ProfileFlags flags;
  Parser parser("profile", "Show where the time of a training or inference step goes.",
                "  noyau profile resnet50 --train --batch 16\n"
                "  noyau profile mobilenetv1_100 --infer --batch 1 --rows 5\n"
                "  noyau profile densenet121 --train --csv calls.csv --trace step.json\n"
                "Open the trace in chrome://tracing or at ui.perfetto.dev.\n");
  parser.positional("MODEL", &flags.bench.model, "architecture")
      .flag("--train", &flags.train, "profile training steps (the default)")
      .flag("--infer", &flags.infer, "profile inference")
      .integer("--batch", &flags.bench.batch, 1, 65536, "pictures of one step")
      .text("--numerics", &flags.numerics, "exact, fast, bf16 or (with --infer) int8")
      .text("--memory", &flags.memory, "of a training step: normal or low")
      .integer("--threads", &flags.threads, 0, 1024, "threads that compute; 0 = all processors")
      .flag("--tune", &flags.tune, "time the ways kernels can run and take the fastest")
      .number("--seconds", &flags.bench.seconds, 0.01, 3600, "shortest time of the measurement")
      .integer("--rows", &flags.rows, 0, 100000, "how many of the longest calls to show")
      .text("--csv", &flags.csv, "write every call to this file")
      .text("--trace", &flags.trace, "write one step to this file as Chrome trace events")
      .output_flags(&flags.json, nullptr);
  if (!parser.parse(arguments)) return 0;
  if (flags.train && flags.infer)
    throw Error(ErrorCode::invalid_argument, "noyau profile", "both --train and --infer",
                "one of them");
  flags.bench.train = !flags.infer;
  flags.bench.network.numerics = parse_numerics(flags.numerics);
  flags.bench.network.memory = parse_memory(flags.memory);
  flags.bench.threads = int(flags.threads);
  flags.bench.tune = tune_options(flags.tune);
  const Profile profile = profile_model(flags.bench);
  if (!flags.csv.empty()) write_profile_csv(flags.csv, profile);
  if (!flags.trace.empty()) write_profile_trace(flags.trace, profile);
  if (flags.json)
    out_json(json_of(profile));
  else
    print_table(profile, flags.rows);
  return 0;
}

}  // namespace noyau::cli
