#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace noyau::training {

/// At most `most` positions of `labels` (each in 0..classes-1), rising, as evenly over the classes
/// as they allow: rare classes keep all of theirs, and within a class they are equally far apart.
/// Each class keeps one, also where there are more classes than `most`.
std::vector<std::size_t> even_rows(std::span<const std::int32_t> labels, std::int64_t classes,
                                   std::int64_t most);

}  // namespace noyau::training
