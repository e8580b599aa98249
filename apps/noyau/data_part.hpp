#pragma once

#include <noyau/data.hpp>
#include <noyau/train.hpp>
#include <string>

namespace noyau::cli {

/// Takes `data` for the data of the options; a file of parts stays where it is the same folder.
void use_data(TrainOptions& options, const std::string& data);

/// The part of that name, by default the first of test, val and train that is there. Throws
/// Error(invalid_argument) for other names and for parts that are empty.
Split choose_part(const Dataset& data, const std::string& part);

}  // namespace noyau::cli
