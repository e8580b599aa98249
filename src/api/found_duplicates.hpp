#pragma once

#include "noyau/data.hpp"
#include "noyau/report.hpp"

namespace noyau::api {

/// Adds the first groups of pictures that are there more than once, found as `check_data` does, to
/// a report. Of sets above 20,000 pictures nothing: `noyau check` is for them.
void add_duplicates(ReportInput& report, const Dataset& data, int threads);

}  // namespace noyau::api
