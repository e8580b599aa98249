#pragma once

#include <string>

#include "noyau/report.hpp"

namespace noyau::explain {

// Parts of the page, each as HTML; empty when the input has nothing for it. `matrix` has 0 classes
// when nothing was evaluated.
std::string title_of(const ReportInput& input);  // plain text
std::string headline(const ReportInput& input, const ConfusionMatrix& matrix);
std::string advice(const ReportInput& input);
std::string facts(const ReportInput& input);
std::string curves(const ReportInput& input);
std::string confusion(const ReportInput& input, const ConfusionMatrix& matrix);
std::string class_table(const ReportInput& input, const ConfusionMatrix& matrix);
std::string calibration(const ReportInput& input);
std::string answers(const ReportInput& input);
std::string mistakes(const ReportInput& input);
std::string suspicious_labels(const ReportInput& input);
std::string duplicates(const ReportInput& input);
std::string skipped(const ReportInput& input);
std::string footer(const ReportInput& input, bool with_charts);

}  // namespace noyau::explain
