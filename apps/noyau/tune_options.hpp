#pragma once

#include <noyau/model.hpp>

#include "output.hpp"

namespace noyau::cli {

/// What --tune asks for; warnings go to standard error.
inline TuneOptions tune_options(bool tune) {
  return {tune, [](const std::string& text) { warn(text); }};
}

}  // namespace noyau::cli
