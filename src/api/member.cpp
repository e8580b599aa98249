#include "api/member.hpp"

#include <fmt/format.h>

#include "io/safetensors/writer.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kBatch = 32;

}  // namespace

Member::Member(const WeightFile& file, ModelCard model_card, const Network& network,
               const WeightOptions& options, ThreadPool& pool)
    : card(std::move(model_card)) {
  if (!card.zoo && !network)
    throw Error(ErrorCode::unsupported, file.path(),
                fmt::format("network {} was built by a program", card.model), "",
                "load it there, with Model::load and that network");
  spec = spec_of_card(card, network);
  const Graph graph = build_inference(spec, 1);
  weights = runtime::Weights(graph, 0, pool);
  match = load_weights(file, graph, options, weights);
}

training::Evaluation Member::evaluate(const Dataset& data, Split split, const TestView& view,
                                      ThreadPool& pool) {
  LoaderOptions options;
  options.split = split;
  options.batch = kBatch;
  options.input = card.input;
  options.view = view;
  options.normalisation = card.normalisation;
  options.values = card.values;
  options.threads = pool.threads();  // photos take longer to decode than to look at
  Loader loader(data, options);
  training::Evaluator evaluator(build_inference(spec, kBatch), weights, pool, card.task, numerics);
  const FlushDenormals flush;
  return evaluator.run(loader);
}

void write_member(const std::string& path, const Member& member) {
  io::TensorList tensors;
  for (const std::string& name : member.weights.names())
    tensors.emplace_back(name, &member.weights.at(name));
  std::map<std::string, std::string> notes;
  write_card(member.card, notes);
  io::write_safetensors(path, tensors, notes);
}

}  // namespace noyau::api
