#include <gtest/gtest.h>

#include <set>
#include <string>

#include "ops/samples.hpp"

namespace noyau::ops {
namespace {

TEST(Samples, EveryOpHasThemAndTheyInfer) {
  std::set<std::string> names;
  for (const ir::OpDef& def : all()) {
    EXPECT_TRUE(names.insert(def.name).second) << def.name;
    EXPECT_NE(std::string(def.summary), "") << def.name;
    ASSERT_FALSE(def.samples().empty()) << def.name;
    for (const ir::OpSample& sample : def.samples()) {
      const Graph g = sample_graph(def, sample);
      EXPECT_NO_THROW(check(g)) << print(g);
      EXPECT_EQ(print(parse(print(g))), print(g));
      EXPECT_NO_THROW(check(parse(print(g))));
      EXPECT_GT(cost(g, g.nodes()[0]).bytes, 0) << def.name;
    }
  }
}

TEST(Samples, TwoMakeGradientsOfTheirInputsShapes) {
  for (const ir::OpDef& def : all())
    for (const ir::OpSample& sample : def.samples()) {
      if (def.vjp == nullptr) continue;
      Graph g = sample_graph(def, sample);
      const Node node = g.nodes()[0];
      ir::VjpArgs args{g, node, {}, {}};
      for (const ValueId v : node.outputs)
        args.cotangents.push_back(v == node.outputs[0] ? g.add_input("dy", g.type(v)) : kNoValue);
      for (const ValueId v : node.inputs)
        args.wants.push_back(v != kNoValue && differentiable(g, node, v));
      const auto cotangents = def.vjp(args);
      for (std::size_t i = 0; i < cotangents.size(); ++i) {
        EXPECT_EQ(cotangents[i] != kNoValue, bool(args.wants[i])) << def.name << " input " << i;
        if (cotangents[i] != kNoValue) {
          EXPECT_EQ(g.type(cotangents[i]), g.type(node.inputs[i])) << def.name;
        }
      }
      EXPECT_NO_THROW(check(g)) << def.name;
    }
}

}  // namespace
}  // namespace noyau::ops
