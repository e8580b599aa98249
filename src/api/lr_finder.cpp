#include "noyau/lr_finder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/files.hpp"
#include "api/learning.hpp"
#include "api/numbers.hpp"
#include "api/settings.hpp"
#include "api/training_setup.hpp"
#include "explain/plot/rate_plot.hpp"
#include "noyau/error.hpp"
#include "train/optimizer/options.hpp"

namespace noyau {
namespace {

constexpr double kSmoothing = 0.9;
constexpr double kShotUp = 3;           // times the least loss so far
constexpr std::size_t kSlopeSteps = 5;  // on each side of where the slope is measured

LrRange with_defaults(LrRange range, const TrainOptions& options) {
  const double usual =
      training::optimizer_defaults(training::parse_optimizer(options.optimizer)).rate;
  if (range.lowest == 0) range.lowest = usual * 1e-4;
  if (range.highest == 0) range.highest = usual * 100;
  if (!(range.lowest > 0 && range.highest > range.lowest))
    throw Error(ErrorCode::invalid_argument, "learning rates",
                fmt::format("{} to {}", range.lowest, range.highest), "0 < lowest < highest");
  if (range.steps < 20 || range.steps > 100000)
    throw Error(ErrorCode::invalid_argument, "steps", fmt::format("{}", range.steps),
                "20 to 100000");
  return range;
}

/// Losses of single batches jump: a mean over the last ten or so steps, without the pull of its
/// start.
class Smoothed {
 public:
  double add(double loss) {
    mean_ = kSmoothing * mean_ + (1 - kSmoothing) * loss;
    weight_ = kSmoothing * weight_ + (1 - kSmoothing);
    return mean_ / weight_;
  }

 private:
  double mean_ = 0, weight_ = 0;
};

}  // namespace

LrResult suggest_lr(std::vector<LrPoint> points, bool diverged) {
  LrResult result{.points = std::move(points), .diverged = diverged};
  const std::vector<LrPoint>& p = result.points;
  const auto least = std::min_element(
      p.begin(), p.end(), [](const LrPoint& a, const LrPoint& b) { return a.smooth < b.smooth; });
  const auto end = std::size_t(least - p.begin());
  double steepest = 0;
  for (std::size_t i = kSlopeSteps; i + kSlopeSteps <= end; ++i) {
    const LrPoint &a = p[i - kSlopeSteps], &b = p[i + kSlopeSteps];
    const double slope = (b.smooth - a.smooth) / std::log(b.rate / a.rate);
    if (slope >= steepest) continue;
    steepest = slope;
    result.suggested = p[i].rate;
  }
  if (result.suggested == 0) {
    result.reason = "the loss never fell: try more steps, or other rates";
    return result;
  }
  // Two digits are all that a test of so few steps can give.
  result.suggested = std::stod(fmt::format("{:.1e}", result.suggested));
  result.reason = fmt::format(
      "the loss falls fastest around {:.2g}, and is least at {:.2g}{}", result.suggested,
      least->rate, diverged ? fmt::format("; at {:.2g} it had shot up", p.back().rate) : "");
  return result;
}

LrResult find_lr(const TrainOptions& given, const Dataset& data, const LrRange& asked,
                 const std::function<bool(const LrPoint&, std::int64_t)>& told) {
  const LrRange range = with_defaults(asked, given);
  TrainOptions options = api::with_usual(given);
  check_options(given);
  const api::ModelCard card = api::measure_card(options, data);
  ThreadPool pool(api::thread_count(options));
  const api::TrainingSetup setup = api::set_up_training(options, card, data, nullptr, pool, {});
  const auto loader = api::make_loader(options, card, data, setup.frozen.get(), Split::train, true);
  Smoothed smoothed;
  std::vector<LrPoint> points;
  double least = INFINITY;
  bool diverged = false;
  for (std::int64_t i = 0; i < range.steps && !diverged; ++i) {
    LrPoint point;
    point.rate =
        range.lowest * std::pow(range.highest / range.lowest, double(i) / double(range.steps - 1));
    setup.trainer->set_schedule({.kind = training::Schedule::Kind::constant, .base = point.rate});
    try {
      point.loss = setup.trainer->step(loader->next()).loss;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::numeric) throw;
      diverged = true;
      break;
    }
    point.smooth = smoothed.add(point.loss);
    least = std::min(least, point.smooth);
    points.push_back(point);
    diverged = point.smooth > kShotUp * least;
    if (told && !told(point, i + 1)) break;
  }
  if (points.empty())
    throw Error(ErrorCode::numeric, options.model, "no finite loss at the lowest rate",
                "a rate that can be trained with", "--lowest sets it");
  return suggest_lr(std::move(points), diverged);
}

void write_lr(const std::string& folder, const LrResult& result, const std::string& title) {
  api::make_folder(folder);
  std::string csv = "rate,loss,smooth\n";
  explain::RatePlot plot{title, {}, {}, {}, result.suggested};
  for (const LrPoint& point : result.points) {
    csv += fmt::format("{},{},{}\n", api::number_text(point.rate), api::number_text(point.loss),
                       api::number_text(point.smooth));
    plot.rates.push_back(point.rate);
    plot.losses.push_back(point.loss);
    plot.smooth.push_back(point.smooth);
  }
  api::write_file(folder + "/lr.csv", csv);
  api::write_file(folder + "/lr.svg", explain::to_svg(plot));
}

}  // namespace noyau
