#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "api/network.hpp"
#include "base/random.hpp"
#include "base/thread_pool.hpp"
#include "kernels/probe/fma_peak.hpp"
#include "noyau/bench.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/session.hpp"
#include "train/trainer.hpp"

namespace noyau {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void fill_normal(std::span<float> values, std::uint64_t seed) {
  Random random(seed);
  for (float& value : values) value = float(random.normal());
}

Batch random_batch(const api::NetworkSpec& spec, std::int64_t batch) {
  const Graph graph = api::build_inference(spec, batch);
  Batch random;
  random.images = Tensor(graph.shape(graph.find("x")));
  random.labels = Tensor({batch}, DType::i32);
  fill_normal(random.images.as<float>(), 1);
  Random labels(2);
  for (std::int32_t& label : random.labels.as<std::int32_t>())
    label = std::int32_t(labels.below(std::uint64_t(spec.classes)));
  random.indices.assign(std::size_t(batch), 0);
  random.valid = batch;
  return random;
}

/// Times `step` for the options' seconds; the first step was timed by the caller.
std::vector<double> time_steps(const ModelBenchOptions& options,
                               const std::function<void()>& step) {
  step();
  std::vector<double> times;
  for (const auto begin = Clock::now(); times.size() < 3 || since(begin) < options.seconds;) {
    const auto start = Clock::now();
    step();
    times.push_back(since(start));
  }
  return times;
}

struct Times {
  double first = 0;
  std::vector<double> steps;
};

/// The first step counts from the plan on: that is what a user waits for.
Times time_training(const ModelBenchOptions& options, const api::NetworkSpec& spec,
                    ThreadPool& pool) {
  const Batch batch = random_batch(spec, options.batch);
  const auto begin = Clock::now();
  training::TrainerOptions settings;
  settings.schedule.base = 0.01;
  training::Trainer trainer(api::build_training(spec, options.batch), api::build_inference(spec, 1),
                            settings, pool);
  trainer.step(batch);
  Times times{since(begin), {}};
  times.steps = time_steps(options, [&] { trainer.step(batch); });
  return times;
}

Times time_inference(const ModelBenchOptions& options, const api::NetworkSpec& spec,
                     ThreadPool& pool) {
  const Batch batch = random_batch(spec, options.batch);
  const auto begin = Clock::now();
  const Graph graph = api::build_inference(spec, options.batch);
  runtime::Weights weights(graph, 0);
  runtime::Session session(
      plan::make_plan(passes::dce(passes::fuse(graph)), {.constant_weights = true}), weights, pool);
  training::feed_images(session, batch);
  session.run();
  Times times{since(begin), {}};
  times.steps = time_steps(options, [&] {
    training::feed_images(session, batch);
    session.run();
  });
  return times;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

double peak_rss_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) / 1024;
}

}  // namespace

ModelTime bench_model(const ModelBenchOptions& options) {
  ModelOptions network = options.network;
  network.name = options.model;
  const api::NetworkSpec spec = api::spec_of(network);
  ThreadPool pool(options.threads > 0 ? options.threads : available_processors());
  const FlushDenormals flush;
  const double peak = options.measure_peak ? kernels::fma_peak(pool) : 0;
  const Times times =
      options.train ? time_training(options, spec, pool) : time_inference(options, spec, pool);
  const double seconds = median(times.steps);
  const double macs = double(api::count_macs(api::build_inference(spec, 1)));
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
  time.first_step_s = times.first;
  return time;
}

}  // namespace noyau
