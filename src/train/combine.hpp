#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "train/evaluate.hpp"

namespace noyau::training {

/// How several networks, or one network on several views of a picture, become one answer.
enum class Combination : std::uint8_t {
  average,  ///< the mean of their probabilities
  vote      ///< the share of them whose most likely class it is; ties go to the mean
};
std::string_view to_string(Combination rule);
/// Throws Error(invalid_argument) listing the names.
Combination parse_combination(std::string_view name);

/// Adds one answer [classes] to the sum of several, `weight` of which make 1.
void add_answer(std::span<const float> probabilities, Combination rule, double weight,
                std::span<float> sum);

/// One evaluation of several over the same samples. Throws Error(shape_mismatch) when these or the
/// classes differ.
Evaluation combine(std::span<const Evaluation> answers, Combination rule);

}  // namespace noyau::training
