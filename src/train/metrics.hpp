#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace noyau::training {

/// Sums over samples from which loss and accuracy of an epoch follow.
struct Totals {
  double loss = 0;        ///< sum of the samples' losses
  std::int64_t top1 = 0;  ///< samples whose label has the largest logit
  std::int64_t top5 = 0;  ///< samples whose label is among the five largest logits
  std::int64_t samples = 0;

  double mean_loss() const { return samples > 0 ? loss / double(samples) : 0; }
  /// In 0..1.
  double top1_accuracy() const { return samples > 0 ? double(top1) / double(samples) : 0; }
  double top5_accuracy() const { return samples > 0 ? double(top5) / double(samples) : 0; }
  bool operator==(const Totals&) const = default;
};

/// What one row of logits says about its label.
struct RowScore {
  double loss = 0;        ///< cross-entropy, computed in double
  std::int64_t rank = 0;  ///< classes with a larger logit (or an equal one and a smaller id)
};

/// Scores one row of logits; writes its softmax to `probabilities` unless that is empty. A row that
/// holds a NaN ranks its label last.
RowScore score_row(std::span<const float> logits, std::int32_t label,
                   std::span<float> probabilities = {});

/// The loss of one row of labels, the mean of their sigmoid cross-entropies, and of one row of
/// values, the mean of their squared errors.
double label_loss(std::span<const float> logits, std::span<const float> targets);
double value_loss(std::span<const float> outputs, std::span<const float> targets);

/// Adds one sample.
void add(Totals& totals, const RowScore& score);

/// Adds one sample per label; logits are [labels.size(), classes], the loss is the mean that the
/// network computed.
void add_ranks(Totals& totals, std::span<const float> logits, std::span<const std::int32_t> labels,
               double mean_loss);

}  // namespace noyau::training
