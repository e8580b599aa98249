#pragma once

#include <string>

#include "noyau/train.hpp"

namespace noyau::api {

/// Reads settings written as args.toml is over `options`; `where` names the text in errors. A
/// recipe that is named there comes first, wherever its line is. Throws as `read_options`.
void read_options_text(TrainOptions& options, const std::string& text, const std::string& where);

}  // namespace noyau::api
