#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "noyau/error.hpp"
#include "noyau/graph.hpp"

namespace noyau {
namespace {

using Ints = std::vector<std::int64_t>;

Graph small_graph() {
  Graph g;
  const ValueId x = g.add_input("x", {DType::f32, {2, 4, 4, 1}});
  const ValueId w =
      g.add_parameter("conv1.weight", {8, 1, 3, 3}, {Init::Kind::kaiming_uniform, 1.0 / 3.0, 27});
  const ValueId mean = g.add_state("bn1.running_mean", {8}, {Init::Kind::constant, 0.0, 0});
  Node conv{"conv", "conv1", {x, w, kNoValue}, {}, {}};
  conv.attributes = {{"stride", Ints{1, 1}}, {"groups", std::int64_t{1}}, {"empty", Ints{}}};
  const std::int32_t c = g.add_node(conv, {{DType::f32, {2, 2, 2, 8}}});
  Node norm{"batch_norm", "bn1", {g.nodes()[std::size_t(c)].outputs[0], mean}, {}, {}};
  norm.attributes = {{"eps", 1e-5}, {"training", true}, {"activation", std::string("re \"lu\\\n")}};
  const std::int32_t n =
      g.add_node(norm, {{DType::f32, {2, 2, 2, 8}}, {DType::f32, {8}}, {DType::f64, {}}});
  g.set_output("features", g.nodes()[std::size_t(n)].outputs[0]);
  return g;
}

TEST(Print, WritesOneLinePerValueOrNode) {
  EXPECT_EQ(print(small_graph()),
            "noyau graph 1\n"
            "input x f32[2,4,4,1]\n"
            "parameter conv1.weight f32[8,1,3,3] kaiming_uniform 0.3333333333333333 fan_in 27\n"
            "state bn1.running_mean f32[8] constant 0.0\n"
            "node conv conv1 (x, conv1.weight, _) -> (conv1 f32[2,2,2,8]) "
            "{empty=[], groups=1, stride=[1,1]}\n"
            "node batch_norm bn1 (conv1, bn1.running_mean) -> "
            "(bn1 f32[2,2,2,8], bn1:1 f32[8], bn1:2 f64[]) "
            "{activation=\"re \\\"lu\\\\\\x0a\", eps=1e-05, training=true}\n"
            "output features = bn1\n");
}

TEST(Parse, ReadsWhatPrintWrote) {
  const Graph g = small_graph();
  const Graph back = parse(print(g));
  EXPECT_EQ(print(back), print(g));
  ASSERT_EQ(back.values().size(), g.values().size());
  EXPECT_EQ(back.value(1).init, g.value(1).init);
  for (std::size_t i = 0; i < g.nodes().size(); ++i) {
    EXPECT_EQ(back.nodes()[i].attributes, g.nodes()[i].attributes);
    EXPECT_EQ(back.nodes()[i].inputs, g.nodes()[i].inputs);
  }
}

TEST(Parse, KeepsNumbersAndNamesExactly) {
  Graph g;
  const std::vector<double> numbers = {
      0.1, -0.0, 1e300, 5e-324, 3.0, std::numeric_limits<double>::infinity(), -1e22, 123456789.0};
  for (const std::string name : {"_", "a b", "quote\"", "\xC3\xA9", "\\"})
    g.add_parameter(name, {1}, {Init::Kind::normal, numbers[g.values().size()], 0});
  Node node{"constant", "c", {0, kNoValue}, {}, {}};
  for (std::size_t i = 0; i < numbers.size(); ++i)
    node.attributes["number" + std::to_string(i)] = numbers[i];
  node.attributes["lowest"] = std::numeric_limits<std::int64_t>::min();
  node.attributes["list"] = Ints{-1, 0, std::numeric_limits<std::int64_t>::max()};
  node.attributes["false"] = false;
  g.add_node(node, {{DType::u8, {}}});
  const Graph back = parse(print(g));
  EXPECT_EQ(print(back), print(g));
  EXPECT_EQ(back.nodes()[0].attributes, g.nodes()[0].attributes);
  EXPECT_EQ(back.nodes()[0].inputs, (std::vector<ValueId>{0, kNoValue}));
  EXPECT_NE(back.find("a b"), kNoValue);
}

TEST(Parse, SkipsCommentsAndEmptyLines) {
  const Graph g = parse("noyau graph 1\n\n# a comment\ninput x f32[1]\n");
  EXPECT_EQ(g.values().size(), 1u);
}

struct Bad {
  const char* text;
  const char* where;
  const char* says;
};

TEST(Parse, NamesTheLineAtFault) {
  const std::string head = "noyau graph 1\n";
  const Bad cases[] = {
      {"", "graph text", "no text"},
      {"something else\n", "line 1", "noyau graph 1"},
      {"noyau graph 12\n", "line 1", "the end of the line"},
      {"noyau graph 1\nvalue x f32[1]\n", "line 2", "input, parameter, state, node or output"},
      {"noyau graph 1\ninput x f16[1]\n", "line 2", "f32, f64, i32 or u8"},
      {"noyau graph 1\ninput x f32[1,,2]\n", "line 2", "a number"},
      {"noyau graph 1\ninput x f32[-1]\n", "line 2", "0 or more"},
      {"noyau graph 1\ninput x f32[1,1,1,1,1,1,1]\n", "line 2", "at most 6"},
      {"noyau graph 1\ninput x f32[9999999999,9999999999]\n", "line 2", "2^48"},
      {"noyau graph 1\ninput x f32[99999999999999999999]\n", "line 2", "a number"},
      {"noyau graph 1\ninput x f32[1]\ninput x f32[1]\n", "line 3", "second value"},
      {"noyau graph 1\ninput x f32[1] more\n", "line 2", "the end of the line"},
      {"noyau graph 1\nparameter w f32[1]\n", "line 2", "a word"},
      {"noyau graph 1\nparameter w f32[1] zeros 0\n", "line 2", "initialise"},
      {"noyau graph 1\ninput \"x f32[1]\n", "line 2", "closing quote"},
      {"noyau graph 1\ninput \"\\q\" f32[1]\n", "line 2", "escape"},
      {"noyau graph 1\nnode relu r (x) -> (r f32[1]) {}\n", "line 2", "earlier line"},
      {"noyau graph 1\nnode relu r () -> () {}\n", "line 2", "a word"},
      {"noyau graph 1\nnode relu r () -> (r f32[1]) {a=}\n", "line 2", "a number"},
      {"noyau graph 1\nnode relu r () -> (r f32[1]) {a=1 b=2}\n", "line 2", "','"},
      {"noyau graph 1\nnode relu r () -> (r f32[1])\n", "line 2", "'{'"},
      {"noyau graph 1\noutput y = x\n", "line 2", "earlier line"},
      {"noyau graph 1\ninput x f32[1]\noutput y = x\noutput y = x\n", "line 4", "second output"},
  };
  for (const Bad& bad : cases) {
    try {
      parse(bad.text);
      ADD_FAILURE() << "accepted: " << bad.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file) << bad.text;
      EXPECT_NE(std::string(error.what()).find(bad.where), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(bad.says), std::string::npos) << error.what();
    }
  }
}

TEST(Parse, SurvivesCutAndChangedText) {
  const std::string text = print(small_graph());
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char c : {'\0', '"', '\\', '(', '9', '\xFF'}) {
      std::string changed = text;
      changed[i] = c;
      for (const std::string& candidate : {changed, text.substr(0, i)}) {
        try {
          verify(parse(candidate));
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::corrupt_file) << error.what();
        }
      }
    }
}

}  // namespace
}  // namespace noyau
