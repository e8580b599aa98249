#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "api/numbers.hpp"
#include "base/random.hpp"
#include "base/thread_pool.hpp"
#include "kernels/kernel.hpp"
#include "kernels/probe/fma_peak.hpp"
#include "noyau/bench.hpp"
#include "noyau/error.hpp"
#include "noyau/tensor.hpp"
#include "plan/plan.hpp"

namespace noyau {
namespace {

using Clock = std::chrono::steady_clock;

/// A square convolution: pixels of the input, channels, kernel size, stride, padding.
struct Layer {
  std::int64_t size, in_channels, out_channels, kernel, stride, padding;
};

// Layers of ResNet-50 (He et al. 2016) that stand for most of its time, and the stem.
constexpr Layer kLayers[] = {
    {56, 64, 64, 3, 1, 1},  {14, 256, 256, 3, 1, 1}, {14, 1024, 256, 1, 1, 0},
    {56, 64, 256, 1, 1, 0}, {56, 256, 64, 1, 1, 0},  {28, 128, 128, 3, 1, 1},
    {7, 512, 512, 3, 1, 1}, {224, 3, 64, 7, 2, 3},
};

struct Pass {
  const char *name, *family;
};
constexpr Pass kPasses[] = {
    {"forward", "conv"}, {"grad_input", "conv_grad_input"}, {"grad_weight", "conv_grad_weight"}};

std::string name_of(const Layer& layer) {
  const std::string stride = layer.stride > 1 ? fmt::format(" s{}", layer.stride) : "";
  return fmt::format("{0}x{0}x{1} -> {2}, {3}x{3}{4}", layer.size, layer.in_channels,
                     layer.out_channels, layer.kernel, stride);
}

kernels::Conv problem_of(const Layer& layer, const LayerBenchOptions& options) {
  kernels::Conv conv;
  const std::int64_t out = (layer.size + 2 * layer.padding - layer.kernel) / layer.stride + 1;
  conv.numerics = options.numerics;
  conv.constant_weights = options.numerics == Numerics::int8;
  conv.batch = options.batch;
  conv.in_channels = layer.in_channels;
  conv.out_channels = layer.out_channels;
  conv.in = {1, layer.size, layer.size};
  conv.out = {1, out, out};
  conv.kernel = {1, layer.kernel, layer.kernel};
  conv.stride = {1, layer.stride, layer.stride};
  conv.pad = {0, layer.padding, layer.padding};
  return conv;
}

Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  Tensor tensor(shape);
  Random random(seed);
  for (float& value : tensor.as<float>()) value = float(random.uniform(-1, 1));
  return tensor;
}

// Rates are compared with what the processor can multiply: not those of Winograd's sums, which
// multiply less than they are counted for.
const kernels::Kernel& choose(const char* family, const kernels::Problem& problem) {
  for (const kernels::Kernel& kernel : kernels::family(family)) {
    if (kernel.name == "winograd") continue;
    if (kernel.refuse == nullptr || kernel.refuse(problem).empty()) return kernel;
  }
  throw Error(ErrorCode::internal, family, "no kernel takes " + kernels::to_string(problem));
}

/// One pass of one layer with all of its buffers.
class Case {
 public:
  Case(const Layer& layer, const Pass& pass, const LayerBenchOptions& options, ThreadPool& pool)
      : problem_(problem_of(layer, options)), kernel_(choose(pass.family, problem_)), pool_(pool) {
    const auto& conv = std::get<kernels::Conv>(problem_);
    const Shape x{conv.batch, conv.in[1], conv.in[2], conv.in_channels};
    const Shape y{conv.batch, conv.out[1], conv.out[2], conv.out_channels};
    const Shape weight{conv.out_channels, conv.in_channels, conv.kernel[1], conv.kernel[2]};
    const std::string_view family = pass.family;
    const bool forward = family == "conv", to_weight = family == "conv_grad_weight";
    first_ = random_tensor(forward || to_weight ? x : y, 1);
    second_ = random_tensor(to_weight ? y : weight, 2);
    result_ = Tensor(forward ? y : to_weight ? weight : x);
    if (kernel_.packed_bytes) packed_ = bytes(kernel_.packed_bytes(problem_));
    if (kernel_.pack && conv.constant_weights) pack();
    if (kernel_.scratch_bytes) scratch_ = bytes(kernel_.scratch_bytes(problem_));
  }

  void run() {
    if (kernel_.pack && !std::get<kernels::Conv>(problem_).constant_weights) pack();
    const void* inputs[] = {first_.raw(), kernel_.pack ? packed_.raw() : second_.raw(), nullptr};
    void* outputs[] = {result_.raw()};
    kernels::Args args{.inputs = inputs,
                       .outputs = outputs,
                       .scratch = static_cast<std::byte*>(scratch_.raw()),
                       .pool = pool_};
    kernel_.run(problem_, args);
  }

  double flops() const { return kernels::flops(problem_); }
  std::string kernel_name() const { return std::string(kernel_.name); }

 private:
  void pack() { kernel_.pack(problem_, second_.raw(), packed_.raw(), pool_); }
  static Tensor bytes(std::size_t count) { return Tensor(Shape{std::int64_t(count)}, DType::u8); }

  kernels::Problem problem_;
  const kernels::Kernel& kernel_;
  ThreadPool& pool_;
  Tensor first_, second_, result_, packed_, scratch_;
};

/// Seconds of the median run, after one that warms up.
double median_seconds(Case& layer, double at_least) {
  layer.run();
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < 3 ||
         std::chrono::duration<double>(Clock::now() - begin).count() < at_least) {
    const auto start = Clock::now();
    layer.run();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  return api::median(std::move(times));
}

int thread_count(int threads) { return threads > 0 ? threads : available_processors(); }

LayerTime time_layer(const Layer& layer, const Pass& pass, const LayerBenchOptions& options,
                     double peak, ThreadPool& pool) {
  Case timed(layer, pass, options, pool);
  const double seconds = median_seconds(timed, options.seconds);
  LayerTime row;
  row.layer = name_of(layer);
  row.pass = pass.name;
  row.kernel = timed.kernel_name();
  row.ms = seconds * 1e3;
  row.gflops = timed.flops() / seconds / 1e9;
  row.share = row.gflops / peak;
  return row;
}

}  // namespace

double measure_fma_peak(int threads) {
  ThreadPool pool(thread_count(threads));
  return kernels::fma_peak(pool);
}

std::vector<LayerTime> bench_layers(const LayerBenchOptions& options, double peak_gflops,
                                    const std::function<void(const LayerTime&)>& done) {
  plan::expect_supported(options.numerics);
  ThreadPool pool(thread_count(options.threads));
  const FlushDenormals flush;
  std::vector<LayerTime> rows;
  for (const Layer& layer : kLayers)
    for (const Pass& pass : kPasses) {
      if (options.numerics == Numerics::int8 && pass.family != std::string_view("conv")) continue;
      const std::string text = name_of(layer) + " " + pass.name;
      if (text.find(options.filter) == std::string::npos) continue;
      rows.push_back(time_layer(layer, pass, options, peak_gflops, pool));
      if (done) done(rows.back());
    }
  return rows;
}

}  // namespace noyau
