#pragma once

#include <string>
#include <vector>

namespace noyau::explain {

/// One axis of a plot: its range, and ticks on round numbers inside it.
struct Axis {
  double low = 0, high = 1;
  double step = 1;  // between ticks; 1, 2 or 5 times a power of ten
  std::vector<double> ticks;
};

/// An axis that covers [low, high] and begins and ends on a tick. It begins at 0 when `low` is
/// positive and well below `high`, or when both are equal.
Axis value_axis(double low, double high, int wanted_ticks = 6);

/// An axis of epochs from `first` to `last`, with whole-numbered ticks.
Axis epoch_axis(int first, int last, int wanted_ticks = 10);

/// A tick's value with as many decimals as `step` needs.
std::string tick_label(double value, double step);

}  // namespace noyau::explain
