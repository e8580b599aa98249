#include "kernels/probe/fma_peak.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "kernels/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/probe/fma_peak.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// Twelve independent chains cover the latency of the multiply-add on two ports, and with their two
// operands fit the sixteen registers of AVX2.
constexpr int kChains = 12;

/// Runs `rounds` x kChains vector multiply-adds; returns a number so that none is dropped.
float run_chains(std::int64_t rounds, float factor, float summand) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const V a = hn::Set(d, factor), b = hn::Set(d, summand);
  // Each chain starts elsewhere: equal ones would be computed once.
  const auto start = [&](int chain) { return hn::Set(d, summand * float(chain)); };
  V c0 = start(0), c1 = start(1), c2 = start(2), c3 = start(3), c4 = start(4), c5 = start(5),
    c6 = start(6), c7 = start(7), c8 = start(8), c9 = start(9), c10 = start(10), c11 = start(11);
  for (std::int64_t i = 0; i < rounds; ++i) {
    c0 = hn::MulAdd(c0, a, b);
    c1 = hn::MulAdd(c1, a, b);
    c2 = hn::MulAdd(c2, a, b);
    c3 = hn::MulAdd(c3, a, b);
    c4 = hn::MulAdd(c4, a, b);
    c5 = hn::MulAdd(c5, a, b);
    c6 = hn::MulAdd(c6, a, b);
    c7 = hn::MulAdd(c7, a, b);
    c8 = hn::MulAdd(c8, a, b);
    c9 = hn::MulAdd(c9, a, b);
    c10 = hn::MulAdd(c10, a, b);
    c11 = hn::MulAdd(c11, a, b);
  }
  const V low = hn::Add(hn::Add(hn::Add(c0, c1), hn::Add(c2, c3)), hn::Add(c4, c5));
  const V high = hn::Add(hn::Add(hn::Add(c6, c7), hn::Add(c8, c9)), hn::Add(c10, c11));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
}

std::int64_t flops_per_round() {
  return 2 * kChains * std::int64_t(hn::Lanes(hn::ScalableTag<float>()));
}

}  // namespace
}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace noyau::kernels {
HWY_EXPORT(run_chains);
HWY_EXPORT(flops_per_round);

double fma_peak(ThreadPool& pool) {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kRounds = 2'000'000;
  constexpr int kRepeats = 12;
  const auto run = HWY_DYNAMIC_DISPATCH(run_chains);
  const std::int64_t threads = pool.threads();
  const double flops = double(HWY_DYNAMIC_DISPATCH(flops_per_round)()) * double(kRounds * threads);
  // Read at run time, so that nothing can be computed ahead. The chains stay near 1.
  const volatile float factor = 0.999f, summand = 0.001f;
  std::vector<float> sink(static_cast<std::size_t>(threads));
  double best = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const auto begin = Clock::now();
    pool.run(threads,
             [&](std::int64_t i, int) { sink[std::size_t(i)] = run(kRounds, factor, summand); });
    const std::chrono::duration<double> taken = Clock::now() - begin;
    best = std::max(best, flops / taken.count() / 1e9);
  }
  // The sums are used, so the loop above cannot be thought away.
  volatile float keep = sink[0];
  static_cast<void>(keep);
  return best;
}

}  // namespace noyau::kernels
#endif
