#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace noyau::training {

/// How `fit_ridge` fits.
struct RidgeOptions {
  /// Weigh samples by the inverse frequency of their class, so that every class weighs the same.
  bool balanced = false;
  /// Candidates, in units of the mean eigenvalue of the features' Gram matrix, each above 0; empty
  /// for 1e-4 to 1e2 in half decades.
  std::vector<double> penalties = {};
  /// With more samples the fit takes so many, evenly per class (`even_rows`).
  std::int64_t most_rows = 20'000;
};

/// A linear head with what it says about each sample when it has not seen that sample.
struct RidgeHead {
  double penalty = 0;         ///< the chosen candidate
  double squared_error = 0;   ///< of the one-hot targets, left out: what candidates are chosen by
  double scale = 0;           ///< see `fit_ridge`
  std::vector<float> weight;  ///< [classes, features], for features as they were given
  std::vector<float> bias;    ///< [classes]
  std::vector<float> scores;  ///< [samples, classes], logits of a head without that sample
  std::vector<float> own;     ///< [samples], softmax of these scores at the sample's own label
  double accuracy = 0;        ///< of `scores`, 0..1
  double balanced_accuracy = 0;  ///< of `scores`: mean recall of the classes that occur, 0..1
  std::int64_t fitted = 0;       ///< samples that the fit took
};

/// Ridge regression from features [labels.size(), width], row-major, to one-hot targets, in closed
/// form (Hoerl & Kennard 1970), on one thread.
///
/// Features are standardised (those that do not vary count as 0); the bias is not penalised. The
/// penalty has the least squared error of leave-one-out predictions (PRESS, Allen 1974): leaving
/// sample i out changes its residual r to r / (1 - h), h being its entry on the diagonal of the hat
/// matrix, so one tridiagonal form of the smaller of A^T A and A A^T serves all candidates and
/// samples. Means and deviations of the features, class weights and the penalty stay those of all
/// samples. Samples that the fit did not take get the answer of the head, which has not seen them.
///
/// Regression to 0 and 1 gives scores that are too flat for a softmax, so weight, bias and scores
/// are multiplied by `scale`, in 1..1000: the one that makes the labels of the left-out samples
/// most likely under softmax(scores) (`fitted_scale`). Logits are features * weight^T + bias. A
/// class without samples has weight and bias 0.
///
/// With more features than 4,000 the fit takes at most 4,000 samples. Takes memory for one more
/// copy of the features and time in proportion to samples x features x the smaller of both.
/// Throws Error(shape_mismatch) when the lengths do not fit, Error(invalid_argument) for fewer than
/// two samples, a label outside 0..classes-1 or a penalty not above 0, Error(numeric) naming the
/// first feature that is not finite.
RidgeHead fit_ridge(std::span<const float> features, std::span<const std::int32_t> labels,
                    std::int64_t classes, const RidgeOptions& options = {});

}  // namespace noyau::training
