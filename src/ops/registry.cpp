#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "noyau/error.hpp"
#include "ops/defs.hpp"
#include "ops/ops.hpp"

namespace noyau::ops {
namespace {

// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

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
    return distance(op, a.name) < distance(op, b.name);
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
