#pragma once

#include <string>

#include "noyau/train.hpp"

namespace noyau::api {

/// The call of `noyau train` that gives these settings: the recipe, and the settings that are not
/// the recipe's. `same` are the settings of the call without any flag.
std::string train_command(const TrainOptions& options, TrainOptions same = {});

}  // namespace noyau::api
