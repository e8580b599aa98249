#pragma once

#include <string>
#include <vector>

#include "noyau/advise.hpp"
#include "noyau/report.hpp"
#include "noyau/train.hpp"

namespace noyau::api {

/// `options` with the frozen stages and the head of the plan, and, where the recipe is the usual
/// one, its recipe, with what else was set on top. --freeze auto takes the first plan of an advice.
TrainOptions with_plan(const TrainOptions& options, const TransferPlan& plan);

/// advice.json of a run folder: what was taken, and why; labels that looked wrong.
struct AdviceFile {
  AdviceTaken taken = {};
  std::vector<Suspicion> suspicious = {};
};

std::string advice_file_text(const Advice& advice);
/// Empty where there is no such file. Throws Error(io), and Error(corrupt_file) where it does not
/// fit `data`.
AdviceFile read_advice_file(const std::string& path, const Dataset& data);

}  // namespace noyau::api
