#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "noyau/model.hpp"
#include "noyau/tensor.hpp"

namespace noyau {

/// What a paper prints of a network.
struct PublishedCount {
  double parameters_m = 0;  ///< millions
  double macs_m = 0;        ///< millions of multiply-adds of one picture; 0 = not printed
  std::string source;
  std::string reason;  ///< why ours differ; empty where they differ by rounding alone
};

struct CompareOptions {
  ModelOptions model;
  bool timed = true;     ///< false: counts alone
  bool train = false;    ///< time training steps instead of inference
  int threads = 0;       ///< 0 = all processors
  double seconds = 0.3;  ///< time at least this long, and at least 3 runs
};

/// One network's row in a comparison.
struct ModelComparison {
  std::string model;
  Shape input;                                          ///< of the batch
  std::int64_t parameters = 0, macs = 0;                ///< MACs of one picture
  std::int64_t activation_bytes = 0, weight_bytes = 0;  ///< of the batch; running statistics too
  double ms_per_picture = 0;  ///< median on this machine, wall clock; 0 when not timed
  std::optional<PublishedCount> published;  ///< where the input is the one that the paper uses
};

/// Counts a network's layers and times it on random pictures. Throws Error(invalid_argument,
/// shape_mismatch).
ModelComparison compare_model(const CompareOptions& options);

}  // namespace noyau
