#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "noyau/train.hpp"

namespace noyau {

/// A learning rate range test (Smith 2017, "Cyclical Learning Rates for Training Neural Networks"):
/// the rate rises from step to step, and the loss shows which rates learn.
struct LrRange {
  double lowest = 0,
         highest = 0;  ///< 0 = a ten-thousandth of the optimizer's usual rate, 100 times it
  std::int64_t steps = 100;
};

/// One step: its rate, its loss, and the loss smoothed over some steps.
struct LrPoint {
  double rate = 0, loss = 0, smooth = 0;
};

struct LrResult {
  std::vector<LrPoint> points;  ///< up to where the loss shot up
  double suggested = 0;         ///< 0 = the loss never fell
  std::string reason = {};
  bool diverged = false;  ///< the loss shot up before the highest rate
};

/// Trains from the first weights with rising rates; nothing is kept. `told` hears of each step and
/// ends the test by returning false. Throws as `train`, and Error(invalid_argument) for a range or
/// number of steps that is none.
LrResult find_lr(const TrainOptions& options, const Dataset& data, const LrRange& range = {},
                 const std::function<bool(const LrPoint&, std::int64_t step)>& told = {});

/// The suggestion that the points give.
LrResult suggest_lr(std::vector<LrPoint> points, bool diverged);

/// Writes lr.csv and lr.svg into `folder` (made when missing). Throws Error(io) naming the path.
void write_lr(const std::string& folder, const LrResult& result, const std::string& title);

}  // namespace noyau
