#pragma once

#include "api/network.hpp"
#include "noyau/model.hpp"
#include "noyau/report.hpp"

namespace noyau::api {

/// The parts of a report that follow from an evaluation: lists, mistakes, skipped files, counts.
ReportInput report_of(const ModelCard& card, const Evaluation& evaluation, const Dataset& data,
                      Split split);

/// The local date and time, as "2026-11-24 18:30".
std::string now_text();

}  // namespace noyau::api
