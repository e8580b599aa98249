#pragma once

#include "api/network.hpp"
#include "noyau/model.hpp"
#include "noyau/report.hpp"

namespace noyau::api {

/// The parts of a report that follow from an evaluation: lists, mistakes, skipped files, counts.
ReportInput report_of(const ModelCard& card, const Evaluation& evaluation, const Dataset& data,
                      Split split);

/// A picture small enough to lie in the page; small ones stay as they are, of volumes the middle
/// slice.
Picture picture_of(const Image& image);

/// What a report calls a sample: its path, or "test picture 4711".
std::string source_of(const Dataset& data, const Sample& sample, Split split);

/// The local date and time, as "2026-11-24 18:30".
std::string now_text();

}  // namespace noyau::api
