#include "api/member.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/safetensors/writer.hpp"
#include "noyau/error.hpp"
#include "runtime/inference.hpp"

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

std::vector<float> Member::predict(std::span<const Image> images, const TestView& view,
                                   ThreadPool& pool) {
  const FlushDenormals flush;
  const auto classes = std::size_t(spec.classes);
  const std::size_t batch = std::min(std::size_t(kBatch), images.size());
  runtime::Inference inference(build_inference(spec, std::int64_t(batch)), weights, pool, numerics);
  runtime::Session& session = inference.session();
  const std::span<float> x = session.input<float>("x");
  const std::size_t pixels = x.size() / batch;
  std::vector<float> answers(images.size() * classes);
  for (std::size_t first = 0; first < images.size(); first += batch) {
    const std::size_t count = std::min(batch, images.size() - first);
    std::ranges::fill(x, 0.0f);
    for (std::size_t i = 0; i < count; ++i)
      normalise(fit(images[first + i], card.input, view), card.normalisation,
                x.subspan(i * pixels, pixels));
    session.run();
    const std::span<const float> logits = session.output<float>("logits");
    for (std::size_t i = 0; i < count; ++i)
      training::write_answer(card.task, logits.subspan(i * classes, classes),
                             std::span(answers).subspan((first + i) * classes, classes));
  }
  return answers;
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
