#pragma once

#include <noyau/ensemble.hpp>
#include <string>

#include "output.hpp"

namespace noyau::cli {

/// The line above the rows of an ensemble's networks, and one row.
std::string ensemble_head(Task task, std::int64_t classes);
std::string ensemble_row(Task task, std::int64_t classes, const EnsembleRow& row);
/// What being together brings, and where the ensemble was saved.
std::string ensemble_gain(const EnsembleResult& result, const std::string& file);
/// All of these.
std::string ensemble_table(const EnsembleResult& result, const std::string& file);
Json ensemble_json(const EnsembleResult& result, const std::string& part, const std::string& file);

}  // namespace noyau::cli
