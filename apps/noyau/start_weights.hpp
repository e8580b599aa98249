#pragma once

#include <noyau/train.hpp>

#include "train_flags.hpp"

namespace noyau::cli {

/// Reads what --from names, so that a wrong file is told before the pictures are read, and takes
/// the architecture from there unless --model is given.
void take_model_of_start(TrainOptions& options, const TrainFlags& flags);

}  // namespace noyau::cli
