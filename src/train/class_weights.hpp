#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace noyau::training {

/// Weights of the classes in the loss, from their numbers of training samples. Classes without
/// samples get 0; K below is the number of the others.

/// Inverse frequency: N / (K * n_k), so that every class weighs the same in all.
std::vector<float> balanced_class_weights(std::span<const std::int64_t> counts);

/// Inverse effective number of samples (Cui et al. 2019), in proportion to (1 - beta) /
/// (1 - beta^n_k), with sum K: a class of much more than 1 / (1 - beta) samples gains nothing by
/// further ones.
std::vector<float> effective_class_weights(std::span<const std::int64_t> counts,
                                           double beta = 0.9999);

/// Weights of labels where they are there, from the pictures that have each: (N - n_k) / n_k, so
/// that both answers weigh the same in all. Labels that no picture has get 1.
std::vector<float> balanced_label_weights(std::span<const std::int64_t> counts,
                                          std::int64_t samples);

}  // namespace noyau::training
