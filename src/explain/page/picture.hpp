#pragma once

#include <string>

#include "noyau/report.hpp"

namespace noyau::explain {

/// The picture as an image element that holds its bytes, or an empty box where there is none.
/// `description` is escaped markup.
std::string picture_element(const Picture& picture, const std::string& description);

/// A row of a definition list with the probability as a bar and as a number; empty for NaN.
std::string probability_row(double probability, const char* css_class);

/// The escaped name of a class. Throws invalid_argument naming `what` when there is no such class.
std::string class_name(const ReportInput& input, int index, const std::string& what);

}  // namespace noyau::explain
