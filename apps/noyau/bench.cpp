#include <fmt/format.h>

#include <noyau/bench.hpp>
#include <noyau/error.hpp>
#include <noyau/run.hpp>

#include "bench_scaling.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "tune_options.hpp"

namespace noyau::cli {
namespace {

struct BenchFlags {
  std::string model, filter, csv, numerics = "fast", memory = "normal", data, augment;
  bool layers = false, scaling = false, train = false, infer = false, json = false, tune = false;
  std::int64_t batch = 0, threads = 0, size = 0;
  double seconds = 0;
};

void print_row(const LayerTime& row) {
  out(fmt::format("{:<34} {:<12} {:<22} {:>9.3f} {:>9.1f} {:>7.1f} %\n", row.layer, row.pass,
                  row.kernel, row.ms, row.gflops, 100 * row.share));
  flush_output();
}

Json json_of(const LayerTime& row) {
  return {{"layer", row.layer}, {"pass", row.pass},     {"kernel", row.kernel},
          {"ms", row.ms},       {"gflops", row.gflops}, {"share_of_peak", row.share}};
}

int run_layers(const BenchFlags& flags) {
  LayerBenchOptions options;
  options.threads = int(flags.threads);
  options.filter = flags.filter;
  options.numerics = parse_numerics(flags.numerics);
  if (flags.batch > 0) options.batch = flags.batch;
  if (flags.seconds > 0) options.seconds = flags.seconds;
  const double peak = measure_fma_peak(options.threads);
  const BuildInfo info = build_info();
  if (flags.json) {
    Json rows = Json::array();
    bench_layers(options, peak, [&](const LayerTime& row) { rows.push_back(json_of(row)); });
    out_json({{"fma_peak_gflops", peak},
              {"cpu", info.cpu},
              {"batch", options.batch},
              {"threads", options.threads > 0 ? options.threads : info.processors},
              {"layers", rows}},
             true);
    return 0;
  }
  out(fmt::format("{}, {} threads, batch {}: FMA peak {:.1f} GFLOP/s\n", info.cpu,
                  options.threads > 0 ? options.threads : info.processors, options.batch, peak));
  out(fmt::format("{:<34} {:<12} {:<22} {:>9} {:>9} {:>9}\n", "layer", "pass", "kernel", "ms",
                  "GFLOP/s", "of peak"));
  bench_layers(options, peak, print_row);
  return 0;
}

int run_model(const BenchFlags& flags) {
  ModelBenchOptions options;
  options.model = flags.model;
  options.train = !flags.infer;
  options.network.numerics = parse_numerics(flags.numerics);
  options.network.memory = parse_memory(flags.memory);
  options.threads = int(flags.threads);
  options.tune = tune_options(flags.tune);
  if (flags.batch > 0) options.batch = flags.batch;
  if (flags.seconds > 0) options.seconds = flags.seconds;
  const ModelTime time = bench_model(options);
  if (flags.json) {
    out_json({{"model", time.model},
              {"mode", time.mode},
              {"batch", time.batch},
              {"threads", time.threads},
              {"steps", time.steps},
              {"ms_per_step", time.ms_per_step},
              {"img_s", time.img_s},
              {"gflops", time.gflops},
              {"fma_peak_gflops", time.fma_peak_gflops},
              {"peak_rss_mb", time.peak_rss_mb},
              {"prepare_s", time.prepare_s},
              {"first_step_s", time.first_step_s}});
    return 0;
  }
  out(
      fmt::format("{} {}, batch {}, {} threads: {:.2f} ms a step, {:.1f} img/s, {:.1f} GFLOP/s "
                  "({:.0f} % of {:.0f}), {:.0f} MB at most, first step {:.3f} s\n",
                  time.model, time.mode, time.batch, time.threads, time.ms_per_step, time.img_s,
                  time.gflops, 100 * time.gflops / time.fma_peak_gflops, time.fma_peak_gflops,
                  time.peak_rss_mb, time.first_step_s));
  return 0;
}

int run_data(const BenchFlags& flags) {
  DataBenchOptions options{.path = flags.data};
  if (!flags.augment.empty()) options.augment = flags.augment;
  if (flags.size > 0) options.size = flags.size;
  if (flags.batch > 0) options.batch = flags.batch;
  if (flags.threads > 0) options.threads = int(flags.threads);
  if (flags.seconds > 0) options.seconds = flags.seconds;
  const DataTime time = bench_data(options);
  if (flags.json) {
    out_json({{"data", time.path},
              {"threads", time.threads},
              {"images", time.images},
              {"seconds", time.seconds},
              {"img_s_per_thread", time.img_s_per_thread},
              {"img_s_per_core", time.img_s_per_core}});
    return 0;
  }
  out(fmt::format(
      "{}, {} to {} pixels, {} threads: {:.0f} img/s per thread, {:.0f} img/s per core\n",
      time.path, options.augment, options.size, time.threads, time.img_s_per_thread,
      time.img_s_per_core));
  return 0;
}

int start_scaling(const BenchFlags& flags) {
  if (flags.batch > 0)
    throw Error(ErrorCode::invalid_argument, "noyau bench", "both --scaling and --batch",
                "one of them");
  ScalingOptions options;
  if (!flags.model.empty()) options.model = flags.model;
  options.train = !flags.infer;
  options.filter = flags.filter;
  options.threads = int(flags.threads);
  options.numerics = parse_numerics(flags.numerics);
  options.memory = parse_memory(flags.memory);
  if (flags.seconds > 0) options.seconds = flags.seconds;
  return run_scaling(options, flags.json, flags.csv);
}

void check_choice(const BenchFlags& flags) {
  const auto refuse = [](const char* got) {
    throw Error(ErrorCode::invalid_argument, "noyau bench", got, "one of them");
  };
  if (!flags.data.empty()) {
    if (flags.layers || flags.scaling || flags.infer || flags.train || !flags.model.empty())
      refuse("--data and something else to time");
    return;
  }
  if (!flags.augment.empty() || flags.size > 0)
    throw Error(ErrorCode::invalid_argument, "noyau bench",
                "--augment or --image-size without --data", "--data beside it");
  if (flags.layers && flags.scaling) refuse("both --layers and --scaling");
  if (flags.layers && !flags.model.empty()) refuse("both MODEL and --layers");
  if (flags.model.empty() && !flags.layers && !flags.scaling)
    refuse("neither MODEL nor --layers nor --scaling nor --data");
  if (flags.train && flags.infer) refuse("both --train and --infer");
  if (!flags.csv.empty() && !flags.scaling)
    throw Error(ErrorCode::invalid_argument, "noyau bench", "--csv without --scaling",
                "--scaling beside it");
}

}  // namespace

int run_bench(const Arguments& arguments) {
  BenchFlags flags;
  Parser parser("bench",
                "Time convolution layers, whole steps, how steps scale, or reading pictures.",
                "  noyau bench --layers\n"
                "  noyau bench --layers --filter 14x14 --json\n"
                "  noyau bench cifar_resnet20 --train --batch 128 --threads 2 --json\n"
                "  noyau bench cifar_resnet20 --infer --batch 1\n"
                "  noyau bench --scaling\n"
                "  noyau bench mobilenetv1_100 --scaling --filter batch --csv batch.csv\n"
                "  noyau bench --data photos --augment resized-crop,flip\n");
  parser.positional("MODEL", &flags.model, "architecture", false)
      .flag("--layers", &flags.layers, "time the layers of ResNet-50 in all three passes")
      .flag(
          "--scaling", &flags.scaling,
          "time and memory against batch and picture size (of resnet18 or MODEL), width and depth")
      .text("--data", &flags.data, "time decoding and augmenting the pictures of this folder",
            "DIR")
      .text("--augment", &flags.augment, "with --data: steps, else resized-crop=0.08:1,flip")
      .integer("--image-size", &flags.size, 1, 16384, "with --data: pixels a side, else 224")
      .flag("--train", &flags.train, "time training steps (the default)")
      .flag("--infer", &flags.infer, "time inference")
      .text("--filter", &flags.filter, "with --layers, --scaling: only rows, axes with this text")
      .text("--csv", &flags.csv, "with --scaling: also write the points to this file")
      .integer("--batch", &flags.batch, 1, 65536, "pictures of one step")
      .text("--numerics", &flags.numerics, "exact, fast, bf16 or (without gradients) int8")
      .text("--memory", &flags.memory, "of a training step: normal or low")
      .integer("--threads", &flags.threads, 0, 1024,
               "threads that compute; 0 = all processors, of --data one")
      .flag("--tune", &flags.tune, "with MODEL: time the ways kernels can run and take the fastest")
      .number("--seconds", &flags.seconds, 0.01, 3600, "shortest time of each measurement")
      .output_flags(&flags.json, nullptr);
  if (!parser.parse(arguments)) return 0;
  check_choice(flags);
  if (!flags.data.empty()) return run_data(flags);
  if (flags.scaling) return start_scaling(flags);
  return flags.layers ? run_layers(flags) : run_model(flags);
}

}  // namespace noyau::cli
