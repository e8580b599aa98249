#include <sys/resource.h>

#include "api/bench_step.hpp"
#include "api/numbers.hpp"
#include "base/stopwatch.hpp"
#include "kernels/probe/fma_peak.hpp"
#include "noyau/bench.hpp"

namespace noyau {
namespace {

struct Times {
  double prepare = 0, first = 0;
  std::vector<double> steps;
};

/// The first step counts from the plan on: that is what a user waits for.
Times time_steps(const ModelBenchOptions& options, ThreadPool& pool) {
  const Stopwatch start;
  api::BenchStep step(options, pool);
  const double prepared = start.seconds();
  step.run();
  Times times{prepared, start.seconds(), {}};
  step.run();
  for (const Stopwatch all; times.steps.size() < 3 || all.seconds() < options.seconds;) {
    const Stopwatch watch;
    step.run();
    times.steps.push_back(watch.seconds());
  }
  return times;
}

double peak_rss_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;
}

}  // namespace

ModelTime bench_model(const ModelBenchOptions& options) {
  ThreadPool pool(options.threads > 0 ? options.threads : available_processors());
  const FlushDenormals flush;
  const double peak = options.measure_peak ? kernels::fma_peak(pool) : 0;
  const Times times = time_steps(options, pool);
  const double seconds = api::median(times.steps);
  ModelOptions network = options.network;
  network.name = options.model;
  const double macs = double(api::count_macs(api::build_inference(api::spec_of(network), 1)));
  ModelTime time;
  time.model = options.model;
  time.mode = options.train ? "train" : "infer";
  time.batch = options.batch;
  time.threads = pool.threads();
  time.steps = std::int64_t(times.steps.size());
  time.ms_per_step = seconds * 1e3;
  time.img_s = double(options.batch) / seconds;
  time.gflops = (options.train ? 6 : 2) * macs * double(options.batch) / seconds / 1e9;
  time.fma_peak_gflops = peak;
  time.peak_rss_mb = peak_rss_mb();
  time.prepare_s = times.prepare;
  time.first_step_s = times.first;
  return time;
}

}  // namespace noyau
