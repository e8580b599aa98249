#pragma once

#include <noyau/advise.hpp>
#include <string>

#include "output.hpp"

namespace noyau::cli {

/// The advice as paragraphs and tables.
std::string advice_text(const Advice& advice);
Json json_of(const Advice& advice);

}  // namespace noyau::cli
