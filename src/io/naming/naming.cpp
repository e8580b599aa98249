#include "io/naming/naming.hpp"

#include <span>
#include <utility>

namespace noyau::io {
namespace {

/// A part of our names, and what stands there in theirs; "^" ties it to the beginning.
using Replacement = std::pair<std::string_view, std::string_view>;

std::string replaced(std::string name, std::span<const Replacement> rows) {
  for (const auto& [ours, theirs] : rows) {
    const bool first = ours.starts_with('^');
    const std::string_view part = ours.substr(first ? 1 : 0);
    const std::size_t at = name.find(part);
    if (at == std::string::npos || (first && at != 0)) continue;
    name.replace(at, part.size(), theirs);
  }
  return name;
}

template <const auto& kRows>
std::vector<std::string> rename_by(const std::vector<std::string>& names) {
  std::vector<std::string> theirs;
  for (const std::string& name : names) theirs.push_back(replaced(name, kRows));
  return theirs;
}

std::vector<std::string> same(const std::vector<std::string>& names) { return names; }

// The files of DenseNet that torchvision has published since 2017.
constexpr Replacement kOldDensenet[]{{".norm1.", ".norm.1."},
                                     {".norm2.", ".norm.2."},
                                     {".conv1.", ".conv.1."},
                                     {".conv2.", ".conv.2."}};
// Linear layers of VGG are convolutions there.
constexpr Replacement kTimmVgg[]{{"^classifier.0.", "pre_logits.fc1."},
                                 {"^classifier.3.", "pre_logits.fc2."},
                                 {"^classifier.6.", "head.fc."}};
// The package pretrainedmodels: its SE-ResNets, and its Xception.
constexpr Replacement kPretrainedmodels[]{{"^conv1.", "layer0.conv1."},
                                          {"^bn1.", "layer0.bn1."},
                                          {".se.", ".se_module."},
                                          {"^fc.", "last_linear."}};
constexpr Replacement kLastLinear[]{{"^fc.", "last_linear."}};

}  // namespace

const std::vector<NamingScheme>& naming_schemes() {
  static const std::vector<NamingScheme> all{
      {"noyau", same},
      {"efficientnet_lite_pytorch", efficientnet_port_names},
      {"torchvision of 2017", rename_by<kOldDensenet>},
      {"timm", rename_by<kTimmVgg>},
      {"pretrainedmodels", rename_by<kPretrainedmodels>},
      {"pretrainedmodels", rename_by<kLastLinear>},
  };
  return all;
}

}  // namespace noyau::io
