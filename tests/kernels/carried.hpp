#pragma once

#include "harness.hpp"

namespace noyau::kernels::testing {

/// Draws which norms a problem of the family is to take over.
void draw_norms(Conv& c, std::string_view family, Draw& draw);

/// Adds to a case of a convolution the inputs and outputs of the norms that its problem takes over;
/// now and then an optional one is absent. Some outputs of the norms pass their activation, some
/// do not.
void add_norms(Case& test, Draw& draw);

}  // namespace noyau::kernels::testing
