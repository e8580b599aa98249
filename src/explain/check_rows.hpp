#pragma once

#include <cstdint>
#include <span>

namespace noyau::explain {

/// Throws shape_mismatch unless `rows` is labels.size() x classes, and invalid_argument for labels
/// outside 0..classes-1; `where` names what asks.
void check_rows(const char* where, std::span<const float> rows, std::span<const int32_t> labels,
                int classes);

}  // namespace noyau::explain
