#pragma once

#include "explain/plot/line_plot.hpp"
#include "explain/plot/scatter_plot.hpp"
#include "noyau/report.hpp"

namespace noyau::explain {

LinePlot loss_plot(const ReportInput& input);
LinePlot accuracy_plot(const ReportInput& input);  // in percent; or the score of the task
/// Of values, one each, at most 12.
std::vector<ScatterPlot> scatter_plots(const ReportInput& input);
LinePlot rate_plot(const ReportInput& input);

}  // namespace noyau::explain
