#pragma once

#include "noyau/model.hpp"
#include "train/evaluate.hpp"

namespace noyau::api {

/// The result of the training room as the public struct, with the most likely class of each row.
Evaluation to_public(const training::Evaluation& from, double seconds);

}  // namespace noyau::api
