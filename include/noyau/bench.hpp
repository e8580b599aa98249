#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/model.hpp"

namespace noyau {

/// One layer and pass, timed. Weight packing is part of the time.
struct LayerTime {
  std::string layer;                     ///< "56x56x64 -> 64, 3x3"
  std::string pass;                      ///< "forward", "grad_input", "grad_weight"
  std::string kernel;                    ///< the row of the kernels list that ran
  double ms = 0, gflops = 0, share = 0;  ///< median; multiply-add = 2; share of the peak, 0..1
};

struct LayerBenchOptions {
  int threads = 0;     ///< 0 = all processors
  std::string filter;  ///< only layers or passes whose text holds this
  std::int64_t batch = 16;
  double seconds = 0.5;                 ///< at least this long for each row
  Numerics numerics = Numerics::exact;  ///< int8: forward passes alone
};

/// GFLOP/s of fused multiply-adds in registers, all threads busy: the roof of everything below.
double measure_fma_peak(int threads);

/// Times the convolutions of ResNet-50 that matter most; `done` sees each row as it is made.
std::vector<LayerTime> bench_layers(const LayerBenchOptions& options, double peak_gflops,
                                    const std::function<void(const LayerTime&)>& done = {});

struct ModelBenchOptions {
  std::string model;
  bool train = true;  ///< forward, loss, backward, SGD with momentum; else forward alone
  std::int64_t batch = 32;
  int threads = 0;       ///< 0 = all processors
  double seconds = 3.0;  ///< at least this long, and at least 3 steps
  /// Input and classes where they are not the usual ones; its name and batch are not read.
  ModelOptions network = {};
  bool measure_peak = true;  ///< else fma_peak_gflops stays 0
  TuneOptions tune = {};
};

struct ModelTime {
  std::string model, mode;
  std::int64_t batch = 0;
  int threads = 0;
  std::int64_t steps = 0;
  double ms_per_step = 0, img_s = 0;       ///< of the median step
  double gflops = 0, fma_peak_gflops = 0;  ///< training counts 6 x MACs x batch, inference 2 x
  double peak_rss_mb = 0;
  double prepare_s = 0;     ///< building, planning, tuning, drawing the weights
  double first_step_s = 0;  ///< that and the first step
};

/// Steps on random input. Throws Error(invalid_argument) for an unknown model.
ModelTime bench_model(const ModelBenchOptions& options);

struct DataBenchOptions {
  std::string path;  ///< a folder that `noyau train` takes
  std::string augment = "resized-crop=0.08:1,flip";
  std::int64_t size = 224;  ///< height and width of what the network would get
  std::int64_t batch = 32;
  int threads = 1;  ///< that decode
  double seconds = 3.0;
};

struct DataTime {
  std::string path;
  int threads = 0;
  std::int64_t images = 0;
  double seconds = 0;           ///< on the clock
  double img_s_per_thread = 0;  ///< by the clock
  double img_s_per_core = 0;    ///< by the processor time of the whole process
};

/// Training batches made of the training part as it lies on disk: decoded, changed, normalised, and
/// not kept. One epoch goes before, but no more than `seconds` of it. Throws as Dataset and Loader.
DataTime bench_data(const DataBenchOptions& options);

struct ScalingOptions {
  std::string model = "resnet18";  ///< of the axes batch and size
  bool train = true;
  std::string filter = {};  ///< only axes whose name holds this: batch, size, width, depth
  int threads = 0;          ///< 0 = all processors
  double seconds = 0.3;     ///< at least this long for each point, and at least 2 steps
  Numerics numerics = Numerics::fast;
  Memory memory = Memory::normal;  ///< of a training step
};

/// One network of an axis. The relative figures are against the first point of the axis: they stay
/// at 1 or fall where time and memory grow no faster than the work.
struct ScalingPoint {
  std::string axis, model;
  double value = 0;  ///< pictures, pixels, share of the channels, layers
  std::int64_t batch = 0, size = 0;
  double gflop = 0;  ///< of one step, counted as in ModelTime
  double ms = 0, relative_ms = 0;
  double memory_mb = 0, relative_memory = 0;  ///< arena, weights and momentum
  double rss_mb = 0;                          ///< of the process after the steps
  std::int64_t nodes = 0;                     ///< of the graph that runs
  double plan_ms = 0, plan_us_per_node = 0;   ///< processor time from zoo to plan
};

struct ScalingProgress {
  std::size_t done = 0, total = 0;  ///< points
  double seconds_left = 0;          ///< guessed from the work that is left
};

/// Batch and size of one model, width of MobileNet v1, depth of the CIFAR ResNets. Sizes that the
/// model refuses are left out. Throws Error(invalid_argument) for an unknown model, or a filter
/// that no axis passes.
std::vector<ScalingPoint> bench_scaling(
    const ScalingOptions& options,
    const std::function<void(const ScalingPoint&, const ScalingProgress&)>& done = {});

/// Throws Error(io).
void write_scaling_csv(const std::string& path, const std::vector<ScalingPoint>& points);

}  // namespace noyau
