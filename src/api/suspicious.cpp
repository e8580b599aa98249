#include "api/suspicious.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/report_input.hpp"
#include "noyau/error.hpp"
#include "train/metrics.hpp"

namespace noyau::api {
namespace {

std::vector<float> probabilities_of(std::span<const float> scores,
                                    std::span<const std::int32_t> labels, std::size_t classes) {
  std::vector<float> out(scores.size());
  for (std::size_t i = 0; i < labels.size(); ++i)
    training::score_row(scores.subspan(i * classes, classes), labels[i],
                        std::span(out).subspan(i * classes, classes));
  return out;
}

/// How likely each class is, on average, for the samples that carry its label.
std::vector<double> usual_confidences(std::span<const float> probabilities,
                                      std::span<const std::int32_t> labels, std::size_t classes) {
  std::vector<double> sum(classes, 0), count(classes, 0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto label = std::size_t(labels[i]);
    sum[label] += double(probabilities[i * classes + label]);
    ++count[label];
  }
  for (std::size_t c = 0; c < classes; ++c) sum[c] = count[c] > 0 ? sum[c] / count[c] : 1;
  return sum;
}

}  // namespace

std::vector<Suspicion> find_suspicious(std::span<const float> scores,
                                       std::span<const std::int64_t> samples,
                                       std::span<const std::int32_t> labels, std::int64_t classes) {
  const auto width = std::size_t(classes);
  if (scores.size() != labels.size() * width || samples.size() != labels.size())
    throw Error(ErrorCode::shape_mismatch, "suspicious labels",
                fmt::format("{} scores of {} samples", scores.size(), samples.size()),
                fmt::format("{} samples x {} classes", labels.size(), classes));
  const std::vector<float> probabilities = probabilities_of(scores, labels, width);
  const std::vector<double> usual = usual_confidences(probabilities, labels, width);
  std::vector<Suspicion> out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = std::span(probabilities).subspan(i * width, width);
    const auto best = std::ranges::max_element(row);
    const auto suggested = std::int32_t(best - row.begin());
    if (suggested != labels[i] && double(*best) >= usual[std::size_t(suggested)])
      out.push_back({.sample = samples[i],
                     .given = labels[i],
                     .suggested = suggested,
                     .probability_given = row[std::size_t(labels[i])],
                     .probability_suggested = *best});
  }
  std::ranges::stable_sort(out, {}, [](const Suspicion& suspicion) {
    return suspicion.probability_given - suspicion.probability_suggested;
  });
  return out;
}

std::vector<Suspicion> find_suspicious(std::span<const float> scores,
                                       std::span<const std::int64_t> samples, const Dataset& data) {
  const std::vector<Sample>& all = data.samples(Split::train);
  std::vector<std::int32_t> labels;
  for (const std::int64_t sample : samples) labels.push_back(all[std::size_t(sample)].label);
  auto found = find_suspicious(scores, samples, labels, std::ssize(data.classes()));
  for (Suspicion& suspicion : found)
    suspicion.source = source_of(data, all[std::size_t(suspicion.sample)], Split::train);
  return found;
}

std::vector<SuspiciousLabel> suspicious_labels(std::span<const Suspicion> suspicions,
                                               const Dataset& data, std::size_t limit) {
  std::vector<SuspiciousLabel> out;
  for (const Suspicion& suspicion : suspicions.first(std::min(limit, suspicions.size()))) {
    const Sample& sample = data.samples(Split::train)[std::size_t(suspicion.sample)];
    out.push_back({picture_of(data.load(sample)), suspicion.source, suspicion.given,
                   suspicion.suggested, double(suspicion.probability_given),
                   double(suspicion.probability_suggested)});
  }
  return out;
}

}  // namespace noyau::api
