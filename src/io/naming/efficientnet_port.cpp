#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <utility>

#include "io/naming/naming.hpp"

namespace noyau::io {
namespace {

using Row = std::pair<std::string_view, std::string_view>;  // our layer, theirs

constexpr std::array<Row, 5> kNetwork{{{"conv_stem", "_conv_stem"},
                                       {"bn1", "_bn0"},
                                       {"conv_head", "_conv_head"},
                                       {"bn2", "_bn1"},
                                       {"classifier", "_fc"}}};
constexpr std::array<Row, 6> kBlock{{{"conv_pw", "_expand_conv"},
                                     {"bn1", "_bn0"},
                                     {"conv_dw", "_depthwise_conv"},
                                     {"bn2", "_bn1"},
                                     {"conv_pwl", "_project_conv"},
                                     {"bn3", "_bn2"}}};
// A block that does not widen has no first convolution.
constexpr std::array<Row, 4> kNarrowBlock{{{"conv_dw", "_depthwise_conv"},
                                           {"bn1", "_bn1"},
                                           {"conv_pw", "_project_conv"},
                                           {"bn2", "_bn2"}}};

/// `layer.rest` with the layer's name translated.
template <std::size_t N>
std::string translate(const std::array<Row, N>& rows, const std::string& name) {
  const std::size_t dot = name.find('.');
  for (const auto& [ours, theirs] : rows)
    if (dot != std::string::npos && name.substr(0, dot) == ours)
      return std::string(theirs) + name.substr(dot);
  return name;
}

/// "blocks.2.0." of "blocks.2.0.conv_pw.weight"; empty for what is in no block.
std::string block_of(const std::string& name) {
  if (!name.starts_with("blocks.")) return {};
  const std::size_t stage = name.find('.', 7);
  const std::size_t end = stage == std::string::npos ? stage : name.find('.', stage + 1);
  return end == std::string::npos ? "" : name.substr(0, end + 1);
}

}  // namespace

std::vector<std::string> efficientnet_port_names(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> numbers;  // of the blocks, in their order
  std::set<std::string> widening;
  for (const std::string& name : names) {
    const std::string block = block_of(name);
    if (block.empty()) continue;
    numbers.emplace(block, numbers.size());
    if (name.substr(block.size()).starts_with("conv_pwl.")) widening.insert(block);
  }
  std::vector<std::string> theirs;
  for (const std::string& name : names) {
    const std::string block = block_of(name), rest = name.substr(block.size());
    theirs.push_back(block.empty()
                         ? translate(kNetwork, name)
                         : fmt::format("_blocks.{}.{}", numbers.at(block),
                                       widening.contains(block) ? translate(kBlock, rest)
                                                                : translate(kNarrowBlock, rest)));
  }
  return theirs;
}

}  // namespace noyau::io
