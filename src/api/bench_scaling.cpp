#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>

#include "api/bench_step.hpp"
#include "api/files.hpp"
#include "api/numbers.hpp"
#include "api/scaling_points.hpp"
#include "base/stopwatch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/lower.hpp"

namespace noyau {
namespace {

constexpr double kMegabyte = 1024.0 * 1024.0;

ModelBenchOptions bench_options(const ScalingPoint& point, const ScalingOptions& options) {
  ModelBenchOptions bench;
  bench.model = point.model;
  bench.train = options.train;
  bench.batch = point.batch;
  bench.network.height = bench.network.width = point.size;
  bench.network.numerics = options.numerics;
  bench.network.memory = options.memory;
  return bench;
}

plan::Plan make_plan(const api::NetworkSpec& spec, const ScalingPoint& point,
                     const ScalingOptions& options) {
  const plan::Options plan_options{.constant_weights = !options.train,
                                   .numerics = options.numerics};
  const Graph graph =
      options.train
          ? runtime::lower_training(passes::autodiff(api::build_training(spec, point.batch)),
                                    plan_options, options.memory)
          : passes::dce(passes::fuse(api::build_inference(spec, point.batch)));
  return plan::make_plan(graph, plan_options);
}

// Planning runs on this thread alone, whatever else the machine does.
double processor_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
}

// The best of three, since a first time also counts memory that the process has yet to get.
void time_planning(ScalingPoint& point, const api::NetworkSpec& spec,
                   const ScalingOptions& options) {
  point.plan_ms = 1e9;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const double begin = processor_ms();
    make_plan(spec, point, options);
    point.plan_ms = std::min(point.plan_ms, processor_ms() - begin);
  }
}

double median_step_ms(api::BenchStep& step, double at_least) {
  step.run();
  std::vector<double> times;
  for (const Stopwatch all; times.size() < 2 || all.seconds() < at_least;) {
    const Stopwatch watch;
    step.run();
    times.push_back(1e3 * watch.seconds());
  }
  return api::median(std::move(times));
}

double planned_mb(const plan::Plan& plan, bool train) {
  std::size_t bytes = plan.arena_bytes;
  for (const Value& value : plan.graph.values()) {
    const std::size_t size = std::size_t(value.type.shape.elements()) * size_of(value.type.dtype);
    if (value.kind == ValueKind::parameter) bytes += train ? 2 * size : size;
    if (value.kind == ValueKind::state) bytes += size;
  }
  return double(bytes) / kMegabyte;
}

// Of now: the most of the process would never fall from one point to the next.
double rss_mb() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * double(::sysconf(_SC_PAGESIZE)) / kMegabyte;
}

void measure(ScalingPoint& point, const ScalingOptions& options, ThreadPool& pool) {
  api::BenchStep step(bench_options(point, options), pool);
  time_planning(point, step.spec(), options);
  point.ms = median_step_ms(step, options.seconds);
  point.rss_mb = rss_mb();
  point.memory_mb = planned_mb(step.plan(), options.train);
  point.nodes = std::int64_t(step.plan().graph.nodes().size());
  point.plan_us_per_node = 1e3 * point.plan_ms / double(point.nodes);
}

}  // namespace

std::vector<ScalingPoint> bench_scaling(
    const ScalingOptions& options,
    const std::function<void(const ScalingPoint&, const ScalingProgress&)>& done) {
  const std::vector<ScalingPoint> points = api::scaling_points(options);
  ThreadPool pool(options.threads > 0 ? options.threads : available_processors());
  const FlushDenormals flush;
  const Stopwatch watch;
  std::vector<ScalingPoint> measured;
  for (const ScalingPoint& point : points) {
    measured.push_back(point);
    measure(measured.back(), options, pool);
    api::relate_last(measured);
    const double left = api::seconds_left(points, measured.size(), watch.seconds());
    if (done) done(measured.back(), {measured.size(), points.size(), left});
  }
  return measured;
}

void write_scaling_csv(const std::string& path, const std::vector<ScalingPoint>& points) {
  api::write_file(path, api::scaling_csv(points));
}

}  // namespace noyau
