#include "api/stage_features.hpp"

#include <algorithm>

#include "api/stage_head.hpp"
#include "base/stopwatch.hpp"
#include "noyau/error.hpp"
#include "passes/passes.hpp"
#include "runtime/inference.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kBatch = 16;

/// "stage_head.3.max" -> "stage_head.3.": the mean and the maximum of a stage are one group.
std::string group_of(const std::string& name) { return name.substr(0, name.find('.', 11) + 1); }

/// Groups the inputs of the concatenation.
void describe(const Graph& front, const NetworkSpec& spec, StageFeatures& features) {
  for (const StagePlace& place : stage_places(spec)) features.stages.push_back(place.stages);
  std::string group;
  for (const Node& node : front.nodes()) {
    if (node.name != "stage_head.features") continue;
    for (const ValueId v : node.inputs) {
      const std::string& name = front.value(v).name;
      const bool pooled = name.starts_with("stage_head.");
      if (!pooled || group_of(name) != group) features.widths.push_back(0);
      features.widths.back() += front.shape(v)[-1];
      group = pooled ? group_of(name) : "";
    }
  }
}

/// Decodes a batch by all threads; the rows of good pictures come first.
std::vector<std::int64_t> feed(const ModelCard& card, const Dataset& data,
                               std::span<const std::int64_t> positions, std::span<float> x,
                               ThreadPool& pool) {
  const std::size_t pixels = x.size() / std::size_t(kBatch);
  std::vector<std::uint8_t> good(positions.size());
  pool.run(std::int64_t(positions.size()), [&](std::int64_t i, int) {
    try {
      const Sample& sample = data.samples(Split::train)[std::size_t(positions[std::size_t(i)])];
      normalise(fit(data.load(sample), card.input), card.normalisation,
                x.subspan(std::size_t(i) * pixels, pixels));
      good[std::size_t(i)] = 1;
    } catch (const std::exception&) {
      good[std::size_t(i)] = 0;
    }
  });
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (good[i] == 0) continue;
    if (kept.size() < i)
      std::copy_n(x.begin() + std::ptrdiff_t(i * pixels), pixels,
                  x.begin() + std::ptrdiff_t(kept.size() * pixels));
    kept.push_back(positions[i]);
  }
  return kept;
}

}  // namespace

StageFeatures measure_stages(const ModelCard& card, runtime::Weights& weights, const Dataset& data,
                             const std::vector<std::int64_t>& positions, ThreadPool& pool,
                             const std::function<void(std::int64_t, std::int64_t)>& told) {
  NetworkSpec spec = spec_of_card(card);
  spec.head = Head::stages;
  const Graph front = passes::cut(build_inference(spec, kBatch), "stage_head.features").front;
  StageFeatures features;
  describe(front, spec, features);
  const FlushDenormals flush;
  runtime::Inference inference(front, weights, pool);
  runtime::Session& session = inference.session();
  double seconds = 0;
  const auto count = std::int64_t(positions.size());
  for (std::int64_t first = 0; first < count; first += kBatch) {
    const auto batch = std::span(positions).subspan(std::size_t(first),
                                                    std::size_t(std::min(kBatch, count - first)));
    const auto kept = feed(card, data, batch, session.input<float>("x"), pool);
    const Stopwatch watch;
    session.run();
    // The first run packs the weights.
    if (first > 0 || count <= kBatch) seconds += watch.seconds();
    const auto rows = session.output<float>("features");
    const std::size_t width = rows.size() / std::size_t(kBatch);
    features.positions.insert(features.positions.end(), kept.begin(), kept.end());
    features.rows.insert(features.rows.end(), rows.begin(),
                         rows.begin() + std::ptrdiff_t(kept.size() * width));
    if (told) told(first + std::ssize(batch), count);
  }
  const std::int64_t timed = count <= kBatch ? count : count - kBatch;
  features.seconds_per_image = seconds / double(std::max<std::int64_t>(1, timed));
  return features;
}

std::vector<float> columns(const StageFeatures& features, std::size_t group) {
  std::int64_t first = 0, all = 0;
  for (std::size_t g = 0; g < features.widths.size(); ++g) {
    if (g < group) first += features.widths[g];
    all += features.widths[g];
  }
  const std::int64_t width = features.widths[group];
  std::vector<float> out;
  out.reserve(features.positions.size() * std::size_t(width));
  for (std::size_t i = 0; i < features.positions.size(); ++i) {
    const auto row = features.rows.begin() + std::ptrdiff_t(i) * all + first;
    out.insert(out.end(), row, row + width);
  }
  return out;
}

}  // namespace noyau::api
