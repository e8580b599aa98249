#include "kernels/probe/bandwidth.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "kernels/chunks.hpp"

namespace noyau::kernels {

double memory_bandwidth(ThreadPool& pool) {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kFloats = 24 << 20;  // 96 MiB each
  constexpr int kRepeats = 6;
  std::vector<float> x(kFloats, 1.0f), y(kFloats, 1.0f);
  double best = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const auto begin = Clock::now();
    for_chunks(pool, kFloats, 1 << 16, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) y[std::size_t(i)] = 0.5f * x[std::size_t(i)] + y[std::size_t(i)];
    });
    const std::chrono::duration<double> taken = Clock::now() - begin;
    best = std::max(best, 3.0 * sizeof(float) * double(kFloats) / taken.count() / 1e9);
  }
  return best;
}

}  // namespace noyau::kernels
