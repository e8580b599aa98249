#include <algorithm>
#include <chrono>
#include <ctime>

#include "noyau/bench.hpp"
#include "noyau/data.hpp"

namespace noyau {
namespace {

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

LoaderOptions loader_options(const DataBenchOptions& options, const Dataset& data) {
  LoaderOptions loader;
  loader.training = true;
  loader.batch = options.batch;
  loader.input = {options.size, options.size, data.channels(), 1.0, data.depth()};
  const std::vector<float> mean(std::size_t(data.channels()), 0.45f);
  const std::vector<float> deviation(std::size_t(data.channels()), 0.225f);
  loader.normalisation = {NormalisationKind::mean_std, mean, deviation};
  loader.augment = parse_augmentations(options.augment);
  loader.threads = options.threads;
  loader.cache_bytes = 0;
  return loader;
}

}  // namespace

DataTime bench_data(const DataBenchOptions& options) {
  const Dataset data = Dataset::open(options.path, {.val_fraction = 0, .test_fraction = 0});
  Loader loader(data, loader_options(options, data));
  const auto start = std::chrono::steady_clock::now();
  while (loader.next().epoch == 0 && since(start) < options.seconds) {
  }
  DataTime time{.path = options.path, .threads = options.threads};
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  do {
    time.images += loader.next().valid;
    time.seconds = since(begin);
  } while (time.seconds < options.seconds);
  time.img_s_per_thread = double(time.images) / time.seconds / options.threads;
  time.img_s_per_core = double(time.images) * CLOCKS_PER_SEC /
                        double(std::max<std::clock_t>(1, std::clock() - processor));
  return time;
}

}  // namespace noyau
