#pragma once

#include <string>

#include "noyau/study.hpp"

namespace noyau::api {

/// One line per run: variant, seed, score.
std::string study_csv(const StudyResult& result);
/// A Markdown table of the variants that have results: mean, interval, gain over the one before and
/// over the first.
std::string study_table(const std::string& title, const StudyResult& result);
/// The same as a bar chart (SVG), or as curves where the rows are points of some.
std::string study_chart(const std::string& title, const std::string& x_label,
                        const StudyResult& result);

}  // namespace noyau::api
