#pragma once

#include <memory>

#include "api/network.hpp"
#include "base/thread_pool.hpp"
#include "noyau/bench.hpp"
#include "runtime/inference.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// A network with one batch of random input: what `bench` and `profile` time.
class BenchStep {
 public:
  /// Builds and plans. Throws Error(invalid_argument) for an unknown model.
  BenchStep(const ModelBenchOptions& options, ThreadPool& pool);

  /// One training or inference step. With `times`, when its parts ran.
  void run(training::StepTimes* times = nullptr);
  const plan::Plan& plan() const;
  const NetworkSpec& spec() const { return spec_; }

 private:
  void infer(training::StepTimes* times);

  NetworkSpec spec_;
  Batch batch_;
  std::unique_ptr<training::Trainer> trainer_;  ///< of training
  runtime::Weights weights_;                    ///< of inference
  std::unique_ptr<runtime::Inference> inference_;
};

}  // namespace noyau::api
