#pragma once

#include <span>
#include <string>

#include "explain/reliability.hpp"

namespace noyau::explain {

/// How often the network is right (up) where it is so sure (across), with intervals, and below how
/// many pictures there are of each confidence; on the diagonal both agree.
///
/// A complete SVG document, 420 x 508 units, without outside references. Without `standalone` the
/// page's style sheet colours it.
std::string reliability_svg(std::span<const ReliabilityBin> bins, bool standalone);

}  // namespace noyau::explain
