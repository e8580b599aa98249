#pragma once

#include "harness.hpp"

namespace noyau::kernels::testing {

/// Adds to a case of a convolution the inputs and outputs of the norms that its problem takes over;
/// now and then an optional one is absent. Some outputs of the norms pass their activation, some
/// do not.
void add_norms(Case& test, Draw& draw);

}  // namespace noyau::kernels::testing
