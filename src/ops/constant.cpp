#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph&, const Node& node) {
  expect_choice(node, "dtype", {"f32", "f64"});
  const int rank = int(node.get<Ints>("shape").size());
  return {{node.get<std::string>("dtype") == "f32" ? DType::f32 : DType::f64,
           shape_attribute(node, "shape", std::min(rank, Shape::kMaxRank))}};
}

// Reads nothing, so nothing upstream wants a cotangent.
std::vector<ValueId> vjp(VjpArgs&) { return {}; }

}  // namespace

OpDef constant() {
  return {.name = "constant",
          .summary = "A tensor filled with one number.",
          .inputs = "",
          .attributes = {{.name = "value", .fallback = 0.0},
                         {.name = "shape", .fallback = Ints{1}},
                         {.name = "dtype", .fallback = std::string("f32")}},
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{}, {{"value", 1.5}, {"shape", Ints{2, 3}}}}};
          }};
}

}  // namespace noyau::ops::defs
