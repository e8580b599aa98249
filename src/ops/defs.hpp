#pragma once

#include "ir/op_def.hpp"

namespace noyau::ops::defs {

#define NOYAU_OP(name) ir::OpDef name();
#include "ops/ops.def"
#undef NOYAU_OP

}  // namespace noyau::ops::defs
