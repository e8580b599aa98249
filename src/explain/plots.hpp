#pragma once

#include "explain/plot/line_plot.hpp"
#include "noyau/report.hpp"

namespace noyau::explain {

LinePlot loss_plot(const ReportInput& input);
LinePlot accuracy_plot(const ReportInput& input);  // in percent
LinePlot rate_plot(const ReportInput& input);

}  // namespace noyau::explain
