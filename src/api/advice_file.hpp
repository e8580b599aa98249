#pragma once

#include <string>

#include "noyau/advise.hpp"
#include "noyau/report.hpp"
#include "noyau/train.hpp"

namespace noyau::api {

/// `options` with the frozen stages and the head of the plan, and, where the recipe is the usual
/// one, its recipe, with what else was set on top. --freeze auto takes the first plan of an advice.
TrainOptions with_plan(const TrainOptions& options, const TransferPlan& plan);

/// advice.json of a run folder: what was taken, and why.
std::string advice_taken_text(const Advice& advice);
/// Empty where there is no such file. Throws Error(io, corrupt_file).
AdviceTaken read_advice_taken(const std::string& path);

}  // namespace noyau::api
