#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "noyau/graph.hpp"

namespace noyau::api {

/// The window of a convolution or a pool, one number per spatial axis; empty for other ops.
struct LayerWindow {
  std::vector<std::int64_t> kernel, stride, dilation;
  std::int64_t groups = 1;
  bool depthwise = false;  ///< one group per input channel, more than one
};

LayerWindow window_of(const Graph& graph, const Node& node);

/// "3x3 s2 g32", "dw 3x3", "1x7", "3x3x3 s1x2x2", "3x3 d2"; empty without a window.
std::string to_string(const LayerWindow& window);

}  // namespace noyau::api
