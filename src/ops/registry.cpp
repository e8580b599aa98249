#include <algorithm>
#include <string>
#include <vector>

#include "base/edit_distance.hpp"
#include "noyau/error.hpp"
#include "ops/defs.hpp"
#include "ops/ops.hpp"

namespace noyau::ops {
namespace {

const std::vector<ir::OpDef>& rows() {
  static const std::vector<ir::OpDef> rows = {
#define NOYAU_OP(name) defs::name(),
#include "ops/ops.def"
#undef NOYAU_OP
  };
  return rows;
}

}  // namespace

std::span<const ir::OpDef> all() { return rows(); }

const ir::OpDef& find(std::string_view op) {
  for (const ir::OpDef& row : rows())
    if (row.name == op) return row;
  const auto nearest = std::min_element(rows().begin(), rows().end(), [&](auto& a, auto& b) {
    return edit_distance(op, a.name) < edit_distance(op, b.name);
  });
  throw Error(ErrorCode::invalid_argument, "op " + std::string(op), "no op of this name", {},
              "did you mean " + std::string(nearest->name) + "?");
}

std::vector<int> mutated_inputs(const Node& node) {
  const ir::OpDef& def = find(node.op);
  return def.mutated_inputs == nullptr ? std::vector<int>{} : def.mutated_inputs(node);
}

ir::Cost cost(const Graph& graph, const Node& node) { return find(node.op).cost(graph, node); }

}  // namespace noyau::ops
