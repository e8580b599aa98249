#include "advice_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <noyau/error.hpp>

namespace noyau::cli {
namespace {

std::string probes_text(const Advice& advice) {
  std::string text = fmt::format("what a linear head tells from each stage ({} pictures)\n",
                                 grouped(advice.probed));
  text += fmt::format("  {:>8}  {:>8}  {:>8}  {:>8}\n", "stages", "numbers", "right", "balanced");
  for (const StageProbe& probe : advice.probes)
    text += fmt::format("  {:>8}  {:>8}  {:>7.1f}%  {:>7.1f}%\n",
                        probe.stages == 0 ? "all" : std::to_string(probe.stages), probe.width,
                        100 * probe.accuracy, 100 * probe.balanced);
  return text;
}

std::string plan_text(const TransferPlan& plan) {
  const std::string memory =
      plan.memory > 0 ? fmt::format(", {} MiB a step", plan.memory >> 20) : "";
  // Steps were timed without frozen stages.
  const char* about = plan.freeze == "head" || plan.freeze == "none" ? "about" : "at most";
  return fmt::format("{}\n  {} {}{}, accuracy {:.0f} to {:.0f} %\n  {}\n", plan.name, about,
                     clock_text(plan.seconds), memory, 100 * plan.low, 100 * plan.high,
                     escaped(plan.command));
}

std::string suspicious_text(const Advice& advice) {
  constexpr std::size_t kShown = 5;
  const std::size_t count = advice.suspicious.size();
  if (count == 0) return {};
  std::string text = fmt::format("{} of the labels {} to doubt (by the head on all stages)\n",
                                 grouped(std::int64_t(count)), count == 1 ? "is" : "are");
  for (std::size_t i = 0; i < std::min(count, kShown); ++i) {
    const Suspicion& s = advice.suspicious[i];
    text += fmt::format(
        "  {}: labelled {} ({:.0f} %), looks like {} ({:.0f} %)\n", escaped(s.source),
        escaped(advice.classes[std::size_t(s.given)]), 100 * s.probability_given,
        escaped(advice.classes[std::size_t(s.suggested)]), 100 * s.probability_suggested);
  }
  if (count > kShown)
    text += fmt::format("  and {} more (--json)\n", grouped(std::int64_t(count - kShown)));
  return "\n" + text;
}

Json json_of(const Advice& advice, const Suspicion& suspicion) {
  return {{"file", suspicion.source},
          {"label", advice.classes[std::size_t(suspicion.given)]},
          {"looks_like", advice.classes[std::size_t(suspicion.suggested)]},
          {"probability_label", suspicion.probability_given},
          {"probability_looks_like", suspicion.probability_suggested}};
}

}  // namespace

std::string advice_text(const Advice& advice) {
  std::string text = fmt::format("{}: {} training pictures in {} classes; {} from {}\n\n",
                                 escaped(advice.data), grouped(advice.images),
                                 advice.classes.size(), advice.model, escaped(advice.from));
  text += probes_text(advice) + "\n";
  for (const std::string& reason : advice.reasons) text += reason + "\n";
  text += "\nrecommended: " + plan_text(advice.plans.front()) + "\nother ways\n";
  for (std::size_t i = 1; i < advice.plans.size(); ++i) text += "- " + plan_text(advice.plans[i]);
  return text + suspicious_text(advice);
}

Json json_of(const Advice& advice) {
  Json probes = Json::array(), plans = Json::array(), suspicious = Json::array();
  for (const StageProbe& probe : advice.probes)
    probes.push_back({{"stages", probe.stages},
                      {"width", probe.width},
                      {"accuracy", probe.accuracy},
                      {"balanced", probe.balanced}});
  for (const TransferPlan& plan : advice.plans)
    plans.push_back({{"name", plan.name},
                     {"freeze", plan.freeze},
                     {"head", plan.head},
                     {"recipe", plan.recipe},
                     {"epochs", plan.epochs},
                     {"seconds", plan.seconds},
                     {"memory", plan.memory},
                     {"low", plan.low},
                     {"high", plan.high},
                     {"command", plan.command}});
  for (const Suspicion& suspicion : advice.suspicious)
    suspicious.push_back(json_of(advice, suspicion));
  return {{"data", advice.data},
          {"from", advice.from},
          {"model", advice.model},
          {"images", advice.images},
          {"classes", advice.classes.size()},
          {"per_class", advice.per_class},
          {"little", advice.little},
          {"similar", advice.similar},
          {"probed", advice.probed},
          {"seconds_per_image", advice.seconds_per_image},
          {"probes", probes},
          {"reasons", advice.reasons},
          {"plans", plans},
          {"suspicious", suspicious}};
}

}  // namespace noyau::cli
