#include <algorithm>
#include <string_view>
#include <utility>

#include "explain/architecture/stage.hpp"

namespace noyau::explain {
namespace {

constexpr std::size_t kLongestSeparable = 6;  // units of a block around a depthwise convolution

using Run = std::vector<int>;  // ascending units

std::string_view part_of(const Unit& unit, std::size_t depth) {
  std::string_view name = unit.name;
  for (std::size_t i = 0; i < depth; ++i) {
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return {};
    name.remove_prefix(dot + 1);
  }
  return name.substr(0, name.find('.'));
}

std::string path_of(const Unit& unit, std::size_t depth) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < depth; ++i) {
    end = unit.name.find('.', end == 0 ? 0 : end + 1);
    if (end == std::string::npos) return unit.name;
  }
  return unit.name.substr(0, end);
}

class BlockFinder {
 public:
  explicit BlockFinder(const std::vector<Unit>& units) : units_(units) {}

  std::vector<Block> run() {
    Run all(units_.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = int(i);
    descend(all, 0);
    return std::move(blocks_);
  }

 private:
  /// The parts of a run that share the first `depth` + 1 names of their path.
  std::vector<Run> split(const Run& run, std::size_t depth) const {
    std::vector<Run> parts;
    std::string_view last;
    for (const int unit : run) {
      const std::string_view part = part_of(units_[std::size_t(unit)], depth);
      if (parts.empty() || part != last || part.empty()) parts.emplace_back();
      parts.back().push_back(unit);
      last = part;
    }
    return parts;
  }

  /// What a run reads from outside.
  std::vector<int> outside(const Run& run) const {
    std::vector<int> values;
    for (const int unit : run)
      for (const int input : units_[std::size_t(unit)].inputs)
        if (input < run.front() && std::find(values.begin(), values.end(), input) == values.end())
          values.push_back(input);
    return values;
  }

  /// Whether each part reads nothing but the last unit of the part before.
  bool is_chain(const std::vector<Run>& parts, int input) const {
    for (const Run& part : parts) {
      const std::vector<int> read = outside(part);
      if (read.size() != 1 || read[0] != input) return false;
      input = part.back();
    }
    return true;
  }

  bool is_separable(const Run& run, const std::vector<Run>& parts) const {
    return run.size() > 1 && run.size() <= kLongestSeparable && parts.size() == run.size() &&
           std::any_of(run.begin(), run.end(), [&](int unit) {
             return units_[std::size_t(unit)].kind == UnitKind::depthwise;
           });
  }

  void add(const Run& run, std::string name, int input) {
    blocks_.push_back({std::move(name), run, input, 0});
  }

  void descend(const Run& run, std::size_t depth) {
    const std::vector<int> read = outside(run);
    const int only = read.empty() ? -1 : read[0];
    if (run.size() == 1) return add(run, units_[std::size_t(run[0])].name, only);
    const std::vector<Run> parts = split(run, depth);
    if (!is_chain(parts, only) || (depth > 0 && is_separable(run, parts)))
      return add(run, path_of(units_[std::size_t(run[0])], depth), only);
    for (const Run& part : parts) descend(part, depth + 1);
  }

  const std::vector<Unit>& units_;
  std::vector<Block> blocks_;
};

bool is_dense_layer(const Block& block, const std::vector<Unit>& units) {
  const Unit& last = units[std::size_t(block.units.back())];
  return block.units.size() > 1 && last.op == "concat" && !last.inputs.empty() &&
         last.inputs[0] == block.input;
}

std::string parent_of(const std::string& name) { return name.substr(0, name.rfind('.')); }

/// Dense layers of one parent become one block.
std::vector<Block> join_dense_layers(std::vector<Block> blocks, const std::vector<Unit>& units) {
  std::vector<Block> result;
  for (Block& block : blocks) {
    if (!is_dense_layer(block, units)) {
      result.push_back(std::move(block));
      continue;
    }
    const std::string parent = parent_of(block.name);
    if (!result.empty() && result.back().dense_layers > 0 && result.back().name == parent) {
      Block& dense = result.back();
      ++dense.dense_layers;
      dense.units.insert(dense.units.end(), block.units.begin(), block.units.end());
      continue;
    }
    result.push_back({parent, std::move(block.units), block.input, 1});
  }
  return result;
}

}  // namespace

std::vector<Block> find_blocks(const std::vector<Unit>& units) {
  if (units.empty()) return {};
  return join_dense_layers(BlockFinder(units).run(), units);
}

}  // namespace noyau::explain
