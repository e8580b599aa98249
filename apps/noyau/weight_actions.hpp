#pragma once

#include "command.hpp"

namespace noyau::cli {

/// Actions of `noyau weights` with files of their own.
int run_weights_import(const Arguments& arguments);
int run_weights_list(const Arguments& arguments);
int run_weights_get(const Arguments& arguments);

}  // namespace noyau::cli
