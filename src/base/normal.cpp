#include "base/normal.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

namespace noyau {
namespace {

// 128 layers of equal area under exp(-x^2 / 2). The lowest holds the tail beyond kTail, too.
constexpr std::size_t kLayers = 128;
constexpr double kTail = 3.442619855899, kArea = 9.91256303526217e-3;

double density(double x) { return std::exp(-0.5 * x * x); }

struct Layers {
  std::array<double, kLayers + 1> edge;  // right edges, falling
  std::array<double, kLayers> inside;    // the share of a layer that surely lies under the curve
  Layers() {
    edge[0] = kArea / density(kTail);
    edge[1] = kTail;
    for (std::size_t i = 2; i < kLayers; ++i) {
      edge[i] = std::sqrt(-2 * std::log(kArea / edge[i - 1] + density(edge[i - 1])));
    }
    edge[kLayers] = 0;
    for (std::size_t i = 0; i < kLayers; ++i) inside[i] = edge[i + 1] / edge[i];
  }
};

double positive_uniform(Random& random) { return 1.0 - random.uniform(); }  // (0, 1]

double tail(Random& random) {
  for (;;) {
    const double beyond = -std::log(positive_uniform(random)) / kTail;
    if (-2 * std::log(positive_uniform(random)) >= beyond * beyond) return kTail + beyond;
  }
}

const Layers& all_layers() {
  static const Layers layers;
  return layers;
}

// The rare draw that does not lie inside its layer for sure; nothing when it lies outside the
// curve.
std::optional<double> at_the_rim(const Layers& layers, std::size_t i, double u, Random& random) {
  if (i == 0) return u < 0 ? -tail(random) : tail(random);
  const double x = u * layers.edge[i];
  const double low = density(layers.edge[i]), high = density(layers.edge[i + 1]);
  if (low + random.uniform() * (high - low) < density(x)) return x;
  return std::nullopt;
}

inline double draw(const Layers& layers, Random& random) {
  for (;;) {
    const std::uint64_t bits = random.next();
    const std::size_t i = bits % kLayers;
    const double u = double(std::int64_t(bits) >> 11) * 0x1p-52;  // [-1, 1), of other bits than i
    if (std::fabs(u) < layers.inside[i]) return u * layers.edge[i];
    if (const std::optional<double> x = at_the_rim(layers, i, u, random)) return *x;
  }
}

}  // namespace

double fast_normal(Random& random) { return draw(all_layers(), random); }

template <class T>
void fill_normal(Random random, double scale, std::span<T> to) {
  const Layers& layers = all_layers();
  for (T& value : to) value = T(float(scale * draw(layers, random)));
}

template void fill_normal(Random, double, std::span<float>);
template void fill_normal(Random, double, std::span<double>);

}  // namespace noyau
