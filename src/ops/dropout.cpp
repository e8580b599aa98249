#include <algorithm>

#include "ops/defs.hpp"
#include "ops/detail.hpp"

namespace noyau::ops::defs {
namespace {

std::vector<ValueType> infer(const Graph& graph, const Node& node) {
  expect_real(graph, node, 0);
  const auto p = node.get<double>("p");
  if (!(p >= 0 && p < 1)) invalid(node, "p " + std::to_string(p), "0 or more, below 1");
  if (node.get<bool>("per_image") && input_shape(graph, node, 0).rank() < 1)
    mismatch(node, "a single number", "x [N, ...]");
  return {input_type(graph, node, 0)};
}

std::int64_t name_hash(std::string_view name) {
  std::uint64_t h = 0xCBF29CE484222325ull;  // FNV-1a
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
  return std::int64_t(h >> 1);
}

bool id_is_taken(const Graph& graph, std::int64_t id) {
  return std::any_of(graph.nodes().begin(), graph.nodes().end(), [&](const Node& node) {
    return node.op == "dropout" && node.get<std::int64_t>("id") == id;
  });
}

// Layers that drop elements draw masks of their own, told apart by ids.
void choose_id(const Graph& graph, Node& node) {
  if (node.get<std::int64_t>("id") >= 0) return;
  std::int64_t id = name_hash(node.name);
  while (id_is_taken(graph, id)) id = id == INT64_MAX ? 0 : id + 1;
  node.attributes.insert_or_assign("id", id);
}

std::vector<ValueId> vjp(VjpArgs& args) {
  return {append_one(args.graph, "dropout_grad", args.node.name + ".grad", {args.cotangents[0]},
                     args.node.attributes)};
}

}  // namespace

OpDef dropout() {
  return {.name = "dropout",
          .summary =
              "Zeroes each element, or per_image each image, with probability p and scales the "
              "others by 1/(1-p).",
          .inputs = "x",
          .attributes = {{.name = "p", .fallback = 0.5},
                         {.name = "per_image", .fallback = false},
                         {.name = "id", .fallback = std::int64_t{-1}}},
          .complete = choose_id,
          .infer = infer,
          .vjp = vjp,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{
                {{real({4, 33})}, {{"p", 0.3}, {"id", 7}}},
                {{real({9, 2, 3})}, {{"p", 0.5}, {"id", 7}, {"per_image", true}}}};
          }};
}

OpDef dropout_grad() {
  return {.name = "dropout_grad",
          .summary = "The cotangent of dropout's x: the same mask, drawn again.",
          .inputs = "dy",
          .attributes = {{.name = "p", .fallback = 0.5},
                         {.name = "per_image", .fallback = false},
                         {.name = "id", .fallback = std::int64_t{0}, .required = true}},
          .infer = infer,
          .cost = bytes_cost,
          .samples = [] {
            return std::vector<OpSample>{{{real({4, 33})}, {{"p", 0.3}, {"id", 7}}}};
          }};
}

}  // namespace noyau::ops::defs
