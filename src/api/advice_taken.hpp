#pragma once

#include <string>

#include "noyau/advise.hpp"
#include "noyau/report.hpp"
#include "noyau/train.hpp"

namespace noyau::api {

/// `options` with the first plan of the advice in place of --freeze auto: its frozen stages, its
/// head, and, where the recipe is the usual one, its recipe, with what else was set on top.
TrainOptions with_advice(const TrainOptions& options, const Advice& advice);

/// advice.json of a run folder: what was taken, and why.
std::string advice_taken_text(const Advice& advice);
/// Empty where there is no such file. Throws Error(io, corrupt_file).
AdviceTaken read_advice_taken(const std::string& path);

}  // namespace noyau::api
