#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace noyau {

/// Mixes 64 bits (the finaliser of SplitMix64, Steele et al. 2014).
constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

/// A counter-based generator: number i of stream (seed, a, b, c) is a pure function of them, so any
/// sample of any epoch can be drawn again in any order, by any thread.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0)
      : key_(mix64(mix64(mix64(mix64(seed + kStep) + a + kStep) + b + kStep) + c + kStep)) {}

  std::uint64_t next() { return mix64(key_ + ++counter_ * kStep); }
  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return double(next() >> 11) * 0x1p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In [0, bound), without bias. bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Box-Muller).
  double normal();

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ull;
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

/// Fisher-Yates shuffle drawn from `random`.
template <class T>
void shuffle(std::vector<T>& items, Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

}  // namespace noyau
