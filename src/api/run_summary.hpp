#pragma once

#include <cstdint>
#include <string>

#include "noyau/train.hpp"

namespace noyau::api {

/// summary.json of a run that came to its end.
struct RunSummary {
  std::string part;
  std::int64_t images = 0, best_epoch = 0;
  double loss = 0, score = 0, seconds = 0;
  double val_score = 0;  ///< of the best epoch
};

std::string summary_text(const TrainResult& result);
bool has_summary(const std::string& run);
/// Throws Error(io, corrupt_file) naming the file.
RunSummary read_summary(const std::string& run);

}  // namespace noyau::api
