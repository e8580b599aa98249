#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "explain/architecture/stage.hpp"

namespace noyau::explain {
namespace {

/// Wiring, ops and kernels; with `exact` also strides and shapes.
std::string signature(const std::vector<Unit>& units, const Block& block, bool exact) {
  std::string text;
  const int first = block.units.front();
  const std::size_t count = block.dense_layers > 0 && !exact
                                ? block.units.size() / std::size_t(block.dense_layers)
                                : block.units.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Unit& unit = units[std::size_t(block.units[i])];
    text += exact ? heading(unit) : unit.title;
    for (const std::string& part : unit.tail) text += ',' + part;
    for (const int input : unit.inputs)
      text += input < first ? " in" : fmt::format(" {}", input - first);
    if (exact) text += ' ' + shape_text(unit.output);
    text += ';';
  }
  return text;
}

bool is_residual(const std::vector<Unit>& units, const Block& block) {
  const Unit& last = units[std::size_t(block.units.back())];
  return block.units.size() > 1 && last.op == "add";
}

bool repeats(const Drawing& drawing, const Stage& before, const Block& block) {
  return signature(drawing.units, before.block, true) == signature(drawing.units, block, true);
}

}  // namespace

Drawing group_blocks(std::vector<Unit> units) {
  Drawing drawing;
  drawing.units = std::move(units);
  std::map<std::string, int> kinds;
  for (Block& block : find_blocks(drawing.units)) {
    if (!drawing.stages.empty() && repeats(drawing, drawing.stages.back(), block)) {
      Stage& stage = drawing.stages.back();
      ++stage.repeats;
      stage.last_name = block.name;
      if (stage.kind >= 0) drawing.kinds[std::size_t(stage.kind)].names.push_back(block.name);
      continue;
    }
    Stage stage{block, block.name, 1, -1, is_residual(drawing.units, block)};
    if (block.units.size() > 1) {
      const auto [at, is_new] =
          kinds.try_emplace(signature(drawing.units, block, false), int(drawing.kinds.size()));
      if (is_new) drawing.kinds.push_back({block, {}});
      drawing.kinds[std::size_t(at->second)].names.push_back(block.name);
      stage.kind = at->second;
    }
    drawing.stages.push_back(std::move(stage));
  }
  return drawing;
}

}  // namespace noyau::explain
