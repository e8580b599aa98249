#include <fmt/format.h>

#include "api/first_steps.hpp"
#include "api/numbers.hpp"
#include "api/run_folder.hpp"
#include "api/settings.hpp"
#include "api/training_setup.hpp"
#include "noyau/error.hpp"
#include "noyau/train.hpp"
#include "train/checkpoint.hpp"

namespace noyau {
namespace {

api::ModelCard card_of_run(const std::string& run) {
  const std::string path = run + "/weights/last.noyau";
  api::ModelCard card = api::read_card(training::load_checkpoint(path).notes, path);
  if (card.zoo) return card;
  throw Error(ErrorCode::unsupported, run,
              fmt::format("network {} was built by a program", card.model), "a network of the zoo");
}

api::FirstSteps repeat(const TrainOptions& options, const api::ModelCard& card, const Dataset& data,
                       std::int64_t steps) {
  ThreadPool pool(api::thread_count(options));
  const api::TrainingSetup setup = api::set_up_training(options, card, data, nullptr, pool, {});
  api::FirstSteps first;
  std::atomic<bool> stop{false};
  const auto told = [&](const training::StepReport& report) {
    first.add(report);
    stop = std::ssize(first.steps) >= steps || report.step + 1 >= setup.steps;
  };
  InputSize input = api::input_of_epoch(options, card.input, 0);
  while (std::ssize(first.steps) < steps) {
    const auto position = setup.trainer->position();
    const InputSize next = api::input_of_epoch(options, card.input, position.epoch);
    if (next != input) setup.trainer->set_graph(api::training_graph(options, card, next));
    input = next;
    const auto epoch =
        api::make_loader(options, card, data, setup.frozen.get(), Split::train, true, position);
    setup.trainer->fit_epoch(*epoch, told, &stop);
    if (setup.trainer->position().step >= setup.steps) setup.trainer->skip_to_next_epoch();
  }
  first.weights = api::checksum_of(setup.trainer->weights());
  return first;
}

VerifyResult compare(const api::FirstSteps& kept, const api::FirstSteps& now) {
  VerifyResult result{.steps = std::ssize(kept.steps)};
  for (std::size_t i = 0; i < kept.steps.size(); ++i) {
    if (kept.steps[i] == now.steps[i]) continue;
    const bool loss = kept.steps[i].loss != now.steps[i].loss;
    const auto value = [&](const api::FirstSteps::Step& step) {
      return api::number_text(loss ? step.loss : step.gradient_norm);
    };
    result.first_different = std::int64_t(i) + 1;
    result.what = loss ? "loss" : "gradient norm";
    result.expected = value(kept.steps[i]);
    result.got = value(now.steps[i]);
    return result;
  }
  result.same = kept.weights == now.weights;
  if (!result.same) {
    result.what = "weights";
    result.expected = kept.weights;
    result.got = now.weights;
  }
  return result;
}

}  // namespace

VerifyResult verify(const std::string& run, int threads) {
  TrainOptions options = read_run(run);
  if (threads > 0) options.threads = threads;
  const api::FirstSteps kept = api::read_first_steps(run + "/first_steps.json");
  // A run that was resumed may have got more, and its rates follow from them.
  if (kept.epochs > 0 && options.time.empty()) options.epochs = kept.epochs;
  const api::ModelCard card = card_of_run(run);
  const Dataset data = open_data(options, int(card.input.channels));
  if (api::read_fingerprint(run + "/env.json") != data.fingerprint())
    throw Error(ErrorCode::invalid_argument, data.path(), "changed since the run began",
                "the pictures of the start");
  return compare(kept, repeat(options, card, data, std::ssize(kept.steps)));
}

}  // namespace noyau
