#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace noyau::io {

/// How a program names the tensors of architectures that noyau has under other names.
struct NamingScheme {
  std::string_view name;
  /// Its names of all tensors of a network whose names here are given, in the same order. What it
  /// does not rename keeps its name.
  std::vector<std::string> (*rename)(const std::vector<std::string>& names);
};

/// Every scheme; the first is that of noyau, where nothing is renamed.
const std::vector<NamingScheme>& naming_schemes();

/// EfficientNet-Lite of efficientnet_lite_pytorch and EfficientNet of efficientnet_pytorch:
/// "_blocks.3._depthwise_conv.weight", numbered through all stages.
std::vector<std::string> efficientnet_port_names(const std::vector<std::string>& names);

}  // namespace noyau::io
