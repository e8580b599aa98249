#include "explain/plots.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "explain/plot/confusion_plot.hpp"
#include "explain/plot/reliability_plot.hpp"
#include "explain/write_file.hpp"
#include "noyau/report.hpp"

namespace noyau {
namespace explain {
namespace {

using Column = double EpochRow::*;

LinePlot start(const ReportInput& input, std::string title, std::string value_label) {
  LinePlot plot{std::move(title), std::move(value_label), {}, {}, input.best_epoch};
  for (const EpochRow& row : input.epochs) plot.epochs.push_back(row.epoch);
  return plot;
}

// Adds a curve unless none of its values was measured.
void add(LinePlot& plot, const ReportInput& input, std::string name, Column column,
         double scale = 1) {
  LinePlot only{{}, {}, plot.epochs, {{std::move(name), {}}}};
  for (const EpochRow& row : input.epochs) only.curves[0].values.push_back(scale * (row.*column));
  if (has_values(only)) plot.curves.push_back(std::move(only.curves[0]));
}

}  // namespace

LinePlot loss_plot(const ReportInput& input) {
  const bool values = input.task == Task::values;
  LinePlot plot = start(input, "Loss", values ? "mean squared error" : "cross-entropy");
  add(plot, input, "training", &EpochRow::train_loss);
  add(plot, input, "validation", &EpochRow::val_loss);
  return plot;
}

LinePlot score_plot(const ReportInput& input) {
  const bool labels = input.task == Task::labels;
  LinePlot plot = labels ? start(input, "Mean average precision", "mean average precision in %")
                         : start(input, "Coefficient of determination", "R²");
  add(plot, input, "validation", &EpochRow::score, labels ? 100 : 1);
  return plot;
}

LinePlot accuracy_plot(const ReportInput& input) {
  if (input.task != Task::classes) return score_plot(input);
  LinePlot plot = start(input, "Accuracy", "accuracy in %");
  add(plot, input, "training", &EpochRow::train_top1, 100);
  add(plot, input, "validation", &EpochRow::top1, 100);
  if (tells_top5(std::ssize(input.classes)))
    add(plot, input, "validation top-5", &EpochRow::top5, 100);
  return plot;
}

LinePlot rate_plot(const ReportInput& input) {
  LinePlot plot = start(input, "Learning rate", "learning rate");
  plot.marked_epoch = 0;
  add(plot, input, "learning rate", &EpochRow::lr);
  return plot;
}

std::vector<ScatterPlot> scatter_plots(const ReportInput& input) {
  constexpr std::size_t kMost = 12;
  const std::size_t width = input.classes.size();
  std::vector<ScatterPlot> plots;
  for (std::size_t k = 0; !input.targets.empty() && k < std::min(width, kMost); ++k) {
    ScatterPlot plot{input.classes[k], {}, {}};
    for (std::size_t i = k; i < input.targets.size(); i += width) {
      plot.truth.push_back(input.targets[i]);
      plot.predicted.push_back(input.probabilities[i]);
    }
    plots.push_back(std::move(plot));
  }
  return plots;
}

}  // namespace explain

void write_plots(const std::string& folder, const ReportInput& input) {
  explain::make_folder(folder);
  const std::pair<const char*, explain::LinePlot> plots[] = {
      {"/loss.svg", explain::loss_plot(input)},
      {input.task == Task::classes ? "/accuracy.svg" : "/score.svg", explain::accuracy_plot(input)},
      {"/lr.svg", explain::rate_plot(input)}};
  for (const auto& [name, plot] : plots)
    if (explain::has_values(plot)) explain::write_file(folder + name, explain::to_svg(plot));
  const std::vector<explain::ScatterPlot> scatters = explain::scatter_plots(input);
  for (std::size_t k = 0; k < scatters.size(); ++k)
    explain::write_file(fmt::format("{}/value{}.svg", folder, k + 1), explain::to_svg(scatters[k]));
  if (input.labels.empty() && input.predictions.empty()) return;
  const ConfusionMatrix matrix =
      confusion_matrix(input.labels, input.predictions, static_cast<int>(input.classes.size()));
  explain::write_file(folder + "/confusion.svg", explain::to_svg(matrix, input.classes, true));
  if (input.probabilities.empty()) return;
  const auto bins =
      explain::reliability_bins(input.probabilities, input.labels, int(input.classes.size()));
  if (!bins.empty())
    explain::write_file(folder + "/reliability.svg", explain::reliability_svg(bins, true));
}

}  // namespace noyau
