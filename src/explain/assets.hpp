#pragma once

#include <string_view>

namespace noyau::explain {

// Text files built into the binary; see cmake/EmbedAssets.cmake.
extern const std::string_view kChartJs;         // the UMD build of Chart.js, minified
extern const std::string_view kChartJsLicence;  // its copyright notice and the MIT licence
extern const std::string_view kReportCss;
extern const std::string_view kReportJs;

}  // namespace noyau::explain
