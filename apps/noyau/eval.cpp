#include <fmt/format.h>

#include <algorithm>
#include <span>

#include <noyau/error.hpp>
#include <noyau/metrics.hpp>
#include <noyau/model.hpp>
#include <noyau/run.hpp>
#include <noyau/train.hpp>

#include "answer_output.hpp"
#include "data_part.hpp"
#include "exit_codes.hpp"
#include "network_flags.hpp"
#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

constexpr std::size_t kMostClasses = 20;  // that fit a screen

struct EvalFlags {
  NetworkFlags network;
  std::string model, data, part, split, folder, tta = "none", numerics = "fast";
  std::int64_t threads = 0, seed = -1;
  bool json = false, quiet = false;
};

/// The same split as in training where the model is a run: its test part stays unseen.
Dataset open_pictures(const EvalFlags& flags, const Model& model) {
  TrainOptions options;
  if (is_run(flags.model)) options = read_run(flags.model);
  if (!flags.data.empty()) use_data(options, flags.data);
  if (!flags.split.empty()) options.split = flags.split;
  if (flags.seed >= 0) options.seed = std::uint64_t(flags.seed);
  if (options.data.empty())
    throw Error(ErrorCode::invalid_argument, "noyau eval", "no DATA", "the folder of the pictures");
  return open_data(options, int(model.input().channels));
}

std::vector<ClassScore> scores_of(const Evaluation& evaluation, const Model& model) {
  return class_scores(
      confusion_matrix(evaluation.labels, evaluation.predictions, int(model.classes().size())));
}

/// A class that has no pictures is left out.
Json class_json(const Evaluation& evaluation, const Model& model) {
  const std::vector<ClassScore> scores = scores_of(evaluation, model);
  Json list = Json::array();
  for (std::size_t c = 0; c < scores.size(); ++c)
    if (scores[c].support > 0)
      list.push_back({{"class", model.classes()[c]},
                      {"accuracy", scores[c].recall},
                      {"images", scores[c].support}});
  return list;
}

/// The classes with the lowest accuracies, lowest first.
std::string class_text(const Evaluation& evaluation, const Model& model) {
  const std::vector<ClassScore> scores = scores_of(evaluation, model);
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < scores.size(); ++c)
    if (scores[c].support > 0) order.push_back(c);
  std::ranges::stable_sort(order, {}, [&](std::size_t c) { return scores[c].recall; });
  const std::size_t shown = std::min(order.size(), kMostClasses);
  std::string text;
  for (const std::size_t c : std::span(order).first(shown))
    text += fmt::format("  {:6.2f}%  {} ({} pictures)\n", 100 * scores[c].recall,
                        escaped(model.classes()[c]), grouped(scores[c].support));
  if (shown < order.size())
    text += fmt::format("  {} more classes are better (--json lists all)\n", order.size() - shown);
  return text;
}

Json json_of(const Evaluation& evaluation, const Model& model, Split part) {
  if (evaluation.task != Task::classes)
    return {{"model", model.name()},
            {"weights", model.path()},
            {"part", to_string(part)},
            {"images", evaluation.images},
            {"loss", evaluation.loss},
            {"score", evaluation.score},
            {"answers", answer_json(evaluation.task, answer_scores(evaluation, model.classes()))},
            {"seconds", evaluation.seconds}};
  return {{"model", model.name()},
          {"weights", model.path()},
          {"part", to_string(part)},
          {"images", evaluation.images},
          {"loss", evaluation.loss},
          {"top1", evaluation.top1},
          {"top5", evaluation.top5},
          {"balanced_accuracy", evaluation.balanced_accuracy},
          {"calibration_error",
           number(expected_calibration_error(evaluation.probabilities, evaluation.labels,
                                             int(model.classes().size())))},
          {"classes", class_json(evaluation, model)},
          {"seconds", evaluation.seconds}};
}

void print_result(const EvalFlags& flags, const Evaluation& evaluation, const Model& model,
                  Split part) {
  if (flags.json) {
    out_json(json_of(evaluation, model, part));
  } else if (!flags.quiet && evaluation.task != Task::classes) {
    out(fmt::format("{} {}, loss {:.4f}, on {} pictures in {:.1f} s\n{}", to_string(part),
                    score_text(evaluation.task, evaluation.score), evaluation.loss,
                    grouped(evaluation.images), evaluation.seconds,
                    answer_text(evaluation.task, answer_scores(evaluation, model.classes()))));
  } else if (!flags.quiet) {
    out(fmt::format("{} {}, loss {:.4f}, on {} pictures in {:.1f} s; by class:\n{}",
                    to_string(part),
                    accuracies_text(evaluation.top1, evaluation.balanced_accuracy, evaluation.top5,
                                    std::int64_t(model.classes().size())),
                    evaluation.loss, grouped(evaluation.images), evaluation.seconds,
                    class_text(evaluation, model)));
  }
}

}  // namespace

int run_eval(const Arguments& arguments) {
  EvalFlags flags;
  Parser parser("eval", "Measure a trained network on labelled pictures.",
                "  noyau eval runs/latest                   the test part of the run's own data\n"
                "  noyau eval runs/latest more-photos\n"
                "  noyau eval best.noyau photos --part val --json\n"
                "  noyau eval other.safetensors photos --model cifar_resnet20\n"
                "  noyau eval runs/latest --out check       also writes a report\n");
  parser.positional("MODEL", &flags.model, "run folder, .noyau, .safetensors or .pth file")
      .positional("DATA", &flags.data, "folder of the pictures; by default that of the run", false)
      .text("--part", &flags.part, "test, val or train; by default the first that is there")
      .text("--split", &flags.split,
            "file of the parts that noyau split wrote; by default the run's", "PATH")
      .text("--out", &flags.folder, "folder for report.html and plots")
      .text("--tta", &flags.tta,
            "test-time augmentation: none, flip (two views), flips (four) or ten")
      .text("--numerics", &flags.numerics,
            "exact, fast (the default), bf16 or int8, which is quickest where the processor has it")
      .integer("--threads", &flags.threads, 0, 1024, "threads that compute; 0 = all processors")
      .integer("--seed", &flags.seed, 0, INT64_MAX, "seed of the split; by default the run's")
      .output_flags(&flags.json, &flags.quiet);
  flags.network.add_to(parser);
  if (!parser.parse(arguments)) return 0;

  set_phase(Phase::model);
  Model model = Model::from_weights(flags.network.options(), flags.model, {}, int(flags.threads));
  model.set_views(flags.tta);
  model.set_numerics(parse_numerics(flags.numerics));
  set_phase(Phase::data);
  const Dataset data = open_pictures(flags, model);
  const Split part = choose_part(data, flags.part);
  const Evaluation evaluation = model.evaluate(data, part);
  for (const Skipped& file : data.skipped()) warn(escaped(file.path + ": " + file.reason));
  if (!flags.folder.empty()) {
    set_phase(Phase::writing);
    write_evaluation(flags.folder, model, evaluation, data, part);
  }
  print_result(flags, evaluation, model, part);
  if (!flags.folder.empty() && !flags.json && !flags.quiet)
    out(fmt::format("report: {}/report.html\n", flags.folder));
  return 0;
}

}  // namespace noyau::cli
