#pragma once

#include <string>
#include <vector>

#include "noyau/ensemble.hpp"
#include "noyau/train.hpp"

namespace noyau::api {

/// A study with the settings of each variant worked out.
struct StudyPlan {
  struct Variant {
    std::string name;
    std::string curve;  ///< of the kind "curves"
    double x = 0;
    TrainOptions options;
    EnsembleOptions together;  ///< how the networks answer; members are not known yet
    bool each = false;         ///< they answer alone: the mean of their accuracies counts
    /// True when it is judged by the summaries of its runs.
    bool alone() const {
      return (options.networks < 2 || each) && together.tta == "none" && !together.snapshots;
    }
  };
  std::string title;
  std::string x_label = {};  ///< of the kind "curves"
  std::vector<Variant> variants = {};
};

/// Reads the text of a study:
///   title = "..."
///   kind = "chain"      each variant keeps the lines of those before it; or "alternatives"; or
///                       "curves": alternatives that are points of curves
///   x = "..."           of curves: what their axis shows
///   [base]              settings of every variant, as in args.toml
///   [[variant]]         name = "+ EMA", and the settings that it changes
///   curve = "...", x = 10    of a variant in a study of curves
///   ensemble = {...}    of a variant: rule, soup, tta, snapshots, see EnsembleOptions; each = true
/// `settings` (names and texts) come over the base. Throws Error(invalid_argument) naming `where`
/// and the line.
StudyPlan read_study(const std::string& text, const std::string& where,
                     const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace noyau::api
