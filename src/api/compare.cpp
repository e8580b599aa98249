#include "noyau/compare.hpp"

#include "api/network.hpp"
#include "noyau/bench.hpp"
#include "zoo/literature.hpp"

namespace noyau {
namespace {

std::int64_t weight_bytes(const Graph& graph) {
  std::int64_t bytes = 0;
  for (const Value& value : graph.values())
    if (value.kind == ValueKind::parameter || value.kind == ValueKind::state)
      bytes += value.type.shape.elements() * std::int64_t(size_of(value.type.dtype));
  return bytes;
}

std::optional<PublishedCount> published(const api::NetworkSpec& spec) {
  if (spec.classes != 1000 || spec.input.channels != 3) return std::nullopt;
  for (const zoo::PaperCount& count : zoo::paper_counts())
    if (count.model == spec.model && count.image_size == spec.input.height &&
        count.image_size == spec.input.width)
      return PublishedCount{count.parameters, count.macs, std::string(count.source),
                            std::string(count.reason)};
  return std::nullopt;
}

double time_model(const CompareOptions& options) {
  ModelBenchOptions bench;
  bench.model = options.model.name;
  bench.network = options.model;
  bench.train = options.train;
  bench.batch = options.model.batch;
  bench.threads = options.threads;
  bench.seconds = options.seconds;
  bench.measure_peak = false;
  return bench_model(bench).ms_per_step / double(options.model.batch);
}

}  // namespace

ModelComparison compare_model(const CompareOptions& options) {
  const ModelSummary summary = summarise(options.model);
  const api::NetworkSpec spec = api::spec_of(options.model);
  ModelComparison row;
  row.model = summary.name;
  row.input = summary.input;
  row.parameters = summary.parameters;
  row.macs = summary.macs;
  row.activation_bytes = summary.activation_bytes;
  row.weight_bytes = weight_bytes(api::build_inference(spec, 1));
  row.published = published(spec);
  if (options.timed) row.ms_per_picture = time_model(options);
  return row;
}

}  // namespace noyau
