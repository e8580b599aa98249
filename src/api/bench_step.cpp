#include "api/bench_step.hpp"

#include "api/tuning_file.hpp"
#include "base/normal.hpp"
#include "base/random.hpp"
#include "base/stopwatch.hpp"

namespace noyau::api {
namespace {

NetworkSpec spec_of_bench(const ModelBenchOptions& options) {
  ModelOptions network = options.network;
  network.name = options.model;
  return spec_of(network);
}

// Each picture has a stream of its own.
void draw_images(std::span<float> to, std::int64_t batch, ThreadPool& pool) {
  const std::size_t size = to.size() / std::size_t(batch);
  pool.run(batch, [&](std::int64_t i, int) {
    fill_normal(Random(1, std::uint64_t(i)), 1, to.subspan(std::size_t(i) * size, size));
  });
}

Batch random_batch(const NetworkSpec& spec, std::int64_t batch, ThreadPool& pool) {
  const Graph graph = build_inference(spec, batch);
  Batch random;
  random.images = Tensor(graph.shape(graph.find("x")));
  random.labels = Tensor({batch}, DType::i32);
  draw_images(random.images.as<float>(), batch, pool);
  Random labels(2);
  for (std::int32_t& label : random.labels.as<std::int32_t>())
    label = std::int32_t(labels.below(std::uint64_t(spec.classes)));
  random.indices.assign(std::size_t(batch), 0);
  random.valid = batch;
  return random;
}

}  // namespace

BenchStep::BenchStep(const ModelBenchOptions& options, ThreadPool& pool)
    : spec_(spec_of_bench(options)), batch_(random_batch(spec_, options.batch, pool)) {
  TuningFile tuning(options.tune, pool.threads());
  if (options.train) {
    training::TrainerOptions settings;
    settings.schedule.base = 0.01;
    settings.numerics = options.network.numerics;
    settings.memory = options.network.memory;
    settings.tuning = tuning.table();
    trainer_ = std::make_unique<training::Trainer>(build_training(spec_, options.batch),
                                                   build_inference(spec_, 1), settings, pool);
    tuning.save();
    return;
  }
  const Graph graph = build_inference(spec_, options.batch);
  weights_ = runtime::Weights(graph, 0, pool);
  inference_ = std::make_unique<runtime::Inference>(graph, weights_, pool, options.network.numerics,
                                                    tuning.table());
  tuning.save();
}

void BenchStep::run(training::StepTimes* times) {
  if (trainer_)
    trainer_->step(batch_, times);
  else
    infer(times);
}

void BenchStep::infer(training::StepTimes* times) {
  const Stopwatch watch;
  runtime::Session& session = inference_->session();
  training::feed_images(session, batch_);
  if (times == nullptr) return session.run();
  times->feed = {0, watch.seconds()};
  times->calls.resize(plan().calls.size());
  times->plan.begin = watch.seconds();
  session.run(0, 0, times->calls);
  times->seconds = watch.seconds();
  times->plan.seconds = times->seconds - times->plan.begin;
}

const plan::Plan& BenchStep::plan() const {
  return trainer_ ? trainer_->plan() : inference_->session().plan();
}

}  // namespace noyau::api
