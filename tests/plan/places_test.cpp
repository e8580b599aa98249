#include "plan/places.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "passes/networks.hpp"
#include "passes/passes.hpp"
#include "runtime/lower.hpp"

namespace noyau::plan {
namespace {

Graph dense_training() {
  return runtime::lower_training(passes::autodiff(passes::dense_network()));
}

/// The name of the value that `name` lies in, how far apart pixels are there, and from which
/// channel on; "" where by itself.
std::string place_of(const Graph& g, const std::string& name) {
  const Place place = find_places(g, {})[std::size_t(g.find(name))];
  if (place.in == kNoValue) return "";
  return g.value(place.in).name + "/" + std::to_string(place.width) + " from " +
         std::to_string(place.begin);
}

TEST(Places, LayersOfADenseBlockLieInTheLastConcat) {
  const Graph g = dense_training();
  EXPECT_EQ(place_of(g, "c.concat"), "");
  EXPECT_EQ(place_of(g, "b.concat"), "c.concat/64 from 0");
  EXPECT_EQ(place_of(g, "a.concat"), "c.concat/64 from 0");
  EXPECT_EQ(place_of(g, "a.conv"), "c.concat/64 from 16");
  EXPECT_EQ(place_of(g, "b.conv"), "c.concat/64 from 32");
  EXPECT_EQ(place_of(g, "c.conv"), "c.concat/64 from 48");
  EXPECT_EQ(place_of(g, "stem"), "c.concat/64 from 0");
}

/// Two convolutions of x, and what `use` makes of them.
template <class Use>
Graph pair(const Use& use) {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 6, 6, 3}});
  use(g, passes::conv(g, "a", x, 16), passes::conv(g, "b", x, 16));
  return g;
}
ValueId concat(Graph& g, const std::string& name, std::vector<ValueId> xs) {
  return ops::append(g, "concat", name, xs)[0];
}

// Parts of pixels that are a power of two apart would meet in few sets of the caches.
TEST(Places, PixelsOfWhichPartsAreReadAreAnOddNumberOfLinesApart) {
  const Graph g = passes::split_norms(pair([](Graph& graph, ValueId a, ValueId b) {
    const ValueId y = passes::norm(graph, "norm", concat(graph, "concat", {a, b}), true);
    graph.set_output("y", passes::conv(graph, "c", y, 4));
    graph.set_output("z", passes::conv(graph, "d", a, 4));
  }));
  EXPECT_EQ(place_of(g, "concat"), "concat/48 from 0");
  EXPECT_EQ(place_of(g, "a"), "concat/48 from 0");
  EXPECT_EQ(place_of(g, "b"), "concat/48 from 16");
  const Plan plan = make_plan(g);
  const auto block = std::ranges::find(plan.blocks, g.find("concat"), &Block::value);
  EXPECT_EQ(block->bytes, 2u * 6 * 6 * 48 * 4);
}

TEST(Places, OnlyWhatLiesElsewhereIsCopied) {
  const Plan plan = make_plan(dense_training());
  for (const Call& call : plan.calls) EXPECT_NE(call.kernel->family, "concat");
  std::int64_t wide = 0;
  for (const Call& call : plan.calls) {
    const auto* conv = std::get_if<kernels::Conv>(&call.problem);
    if (conv == nullptr || call.packs) continue;
    for (const std::int64_t width : {conv->x_width, conv->y_width, conv->norm_width})
      wide += width == 64;
  }
  EXPECT_GE(wide, 7);  // 4 outputs and, of the first two concats, what is normalised
}

TEST(Places, OutputsOfTheGraphLieByThemselves) {
  const Graph g = pair([](Graph& graph, ValueId a, ValueId b) {
    graph.set_output("y", concat(graph, "y", {a, b}));
    graph.set_output("a", a);
  });
  EXPECT_EQ(place_of(g, "a"), "");
  EXPECT_EQ(place_of(g, "b"), "y/32 from 16");
  const Plan plan = make_plan(g);
  const Call& call = plan.calls.back();
  EXPECT_EQ(call.kernel->family, "concat");
  EXPECT_EQ(call.inputs[0].place, Operand::Place::arena);
  EXPECT_EQ(call.inputs[1].place, Operand::Place::none);
}

TEST(Places, AValueOfTwoConcatsOrTwiceInOneIsCopied) {
  const Graph two = pair([](Graph& graph, ValueId a, ValueId b) {
    graph.set_output("y", concat(graph, "y", {a, b}));
    graph.set_output("z", concat(graph, "z", {b, a}));
  });
  EXPECT_EQ(place_of(two, "a"), "");
  EXPECT_EQ(place_of(two, "b"), "");
  const Graph twice = pair([](Graph& graph, ValueId a, ValueId b) {
    graph.set_output("y", concat(graph, "y", {a, b, a}));
  });
  EXPECT_EQ(place_of(twice, "a"), "");
  EXPECT_EQ(place_of(twice, "b"), "y/48 from 16");
}

TEST(Places, WhatReadersCannotFindAmongOthersLiesByItself) {
  const Graph g = pair([](Graph& graph, ValueId a, ValueId b) {
    graph.set_output("y", concat(graph, "y", {a, b}));
    graph.set_output("relu", passes::relu(graph, "relu", a));
    graph.set_output("c", passes::conv(graph, "c", b, 4));
  });
  EXPECT_EQ(place_of(g, "a"), "");
  EXPECT_EQ(place_of(g, "b"), "y/32 from 16");
}

}  // namespace
}  // namespace noyau::plan
