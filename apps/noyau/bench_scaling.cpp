#include "bench_scaling.hpp"

#include <fmt/format.h>

#include <noyau/run.hpp>

#include "output.hpp"

namespace noyau::cli {
namespace {

Json json_of(const ScalingPoint& p) {
  return {{"axis", p.axis},
          {"model", p.model},
          {"value", p.value},
          {"batch", p.batch},
          {"size", p.size},
          {"gflop", p.gflop},
          {"ms", p.ms},
          {"relative_ms", p.relative_ms},
          {"memory_mb", p.memory_mb},
          {"relative_memory", p.relative_memory},
          {"rss_mb", p.rss_mb},
          {"nodes", p.nodes},
          {"plan_ms", p.plan_ms},
          {"plan_us_per_node", p.plan_us_per_node}};
}

void print_head(const ScalingPoint& first, bool train) {
  const std::string batch = first.axis == "batch" ? "" : fmt::format(", batch {}", first.batch);
  const std::string size = first.axis == "size" ? "" : fmt::format(", {} pixels", first.size);
  out(fmt::format("{}, from {}{}{}, {}\n", first.axis, first.model, batch, size,
                  train ? "training" : "inference"));
  out(fmt::format("{:>8} {:>10} {:>10} {:>9} {:>10} {:>9} {:>9} {:>7} {:>9} {:>8}\n", "value",
                  "GFLOP", "ms", "ms/GFLOP", "memory MB", "MB/GFLOP", "RSS MB", "nodes", "plan ms",
                  "us/node"));
}

void print_row(const ScalingPoint& p) {
  out(
      fmt::format("{:>8} {:>10.2f} {:>10.2f} {:>9.2f} {:>10.1f} {:>9.2f} {:>9.1f} {:>7} {:>9.2f} "
                  "{:>8.2f}\n",
                  p.value, p.gflop, p.ms, p.relative_ms, p.memory_mb, p.relative_memory, p.rss_mb,
                  p.nodes, p.plan_ms, p.plan_us_per_node));
}

void tell_progress(const ScalingPoint& point, const ScalingProgress& progress) {
  err(fmt::format("noyau: {} of {} points, {} {}: about {} left\n", progress.done, progress.total,
                  point.axis, point.value, clock_text(progress.seconds_left)));
}

}  // namespace

int run_scaling(const ScalingOptions& options, bool json, const std::string& csv) {
  std::string axis;
  const auto points =
      bench_scaling(options, [&](const ScalingPoint& point, const ScalingProgress& progress) {
        tell_progress(point, progress);
        if (json) return;
        if (point.axis != axis) print_head(point, options.train);
        axis = point.axis;
        print_row(point);
        flush_output();
      });
  if (!csv.empty()) write_scaling_csv(csv, points);
  if (json) {
    Json rows = Json::array();
    for (const ScalingPoint& point : points) rows.push_back(json_of(point));
    out_json(
        {{"mode", options.train ? "train" : "infer"}, {"cpu", build_info().cpu}, {"points", rows}},
        true);
    return 0;
  }
  out("ms/GFLOP and MB/GFLOP are relative to the first row of the axis: 1 or less where time and\n"
      "memory grow no faster than the work.\n");
  return 0;
}

}  // namespace noyau::cli
