#pragma once

#include "api/network.hpp"
#include "noyau/model.hpp"
#include "train/evaluate.hpp"

namespace noyau::api {

/// What epochs are compared by: the accuracy of classes, the mean average precision of labels, the
/// mean coefficient of determination of values.
double score_of(const training::Evaluation& evaluation);

/// Of classes: the mean recall of those that occur, 0..1.
double balanced_accuracy_of(const training::Evaluation& evaluation);

/// Answers of a network as values in their unit; those of other tasks stay.
void scale_back(const ModelCard& card, std::span<float> answers);

/// The result of the training room as the public struct: the most likely class of each row, values
/// in their unit.
Evaluation to_public(const training::Evaluation& from, const ModelCard& card, double seconds);

}  // namespace noyau::api
