#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace noyau {

/// A tensor of a weight file, as its header describes it.
struct TensorInfo {
  std::string name;
  std::string dtype;                ///< as the file spells it: "F32", "BF16", "I64"
  std::vector<std::int64_t> shape;  ///< outermost extent first; empty for a scalar
  bool operator==(const TensorInfo&) const = default;
};

/// Where weights come from; empty where that is not known.
struct WeightOrigin {
  std::string source;       ///< an address or a package
  std::string licence;      ///< "Apache-2.0"
  std::string sha256 = {};  ///< of the file they were taken from, hexadecimal
  bool operator==(const WeightOrigin&) const = default;
};

/// What a weight file holds, and what noyau knows of it.
struct WeightFileInfo {
  std::string model;  ///< empty when the file does not say
  std::vector<std::string> classes;
  std::vector<TensorInfo> tensors;
  WeightOrigin origin;
};

/// A tensor that is in the network and in the file with different shapes.
struct MisshapenTensor {
  std::string name;
  std::vector<std::int64_t> expected, found;
  bool operator==(const MisshapenTensor&) const = default;
};

/// A network's tensors compared with those of a file, by name and shape.
struct WeightMatch {
  std::vector<std::string> matching;  ///< same name and shape, in the order of the network
  std::vector<TensorInfo> missing;    ///< of the network, absent from the file
  std::vector<MisshapenTensor> misshapen;
  std::vector<TensorInfo> unexpected;  ///< of the file, unknown to the network
  std::vector<TensorInfo> auxiliary;   ///< of heads that are used in training only: left out
  /// Whose names the file has: "noyau" (which has those of torchvision or timm), or another scheme
  /// of docs/weights.md.
  std::string naming = "noyau";
  std::vector<std::string> sources;  ///< of each of `matching`, its name in the file

  /// True when the file gives each tensor of the network and nothing unknown.
  bool complete() const { return missing.empty() && misshapen.empty() && unexpected.empty(); }
};

/// "512x3x3x3"; "scalar" for no extents.
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace noyau
