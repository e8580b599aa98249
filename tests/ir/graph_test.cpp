#include "noyau/graph.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "noyau/error.hpp"

namespace noyau {
namespace {

const ValueType kOne{DType::f32, {1}};

std::string refusal(const std::function<void()>& action, ErrorCode code) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(Graph, NamesOutputsAfterTheirNodeAndKeepsThemUnique) {
  Graph g;
  const ValueId x = g.add_input("x", kOne);
  g.add_node({"relu", "a", {x}, {}, {}}, {kOne, kOne});
  g.add_node({"relu", "a", {x}, {}, {}}, {kOne});
  EXPECT_NE(g.find("a"), kNoValue);
  EXPECT_NE(g.find("a:1"), kNoValue);
  EXPECT_EQ(g.value(g.nodes()[1].outputs[0]).name, "a~2");
  EXPECT_EQ(g.find("b"), kNoValue);
  verify(g);
}

TEST(Graph, RefusesNamesTakenAndHugeShapes) {
  Graph g;
  g.add_input("x", kOne);
  using enum ErrorCode;
  EXPECT_NE(refusal([&] { g.add_state("x", {1}, {}); }, invalid_argument).find("second value"),
            std::string::npos);
  refusal([&] { g.add_parameter("", {1}, {}); }, invalid_argument);
  const std::int64_t huge = std::int64_t{1} << 40;
  refusal([&] { g.add_parameter("w", {huge, huge}, {}); }, invalid_argument);
  refusal([&] { g.set_output("y", 7); }, invalid_argument);
}

TEST(Graph, MovesAnOutputThatIsSetAgain) {
  Graph g;
  const ValueId x = g.add_input("x", kOne), z = g.add_input("z", kOne);
  g.set_output("y", x);
  g.set_output("y", z);
  EXPECT_EQ(g.outputs().size(), 1u);
  EXPECT_EQ(g.output("y"), z);
  EXPECT_EQ(g.output("loss"), kNoValue);
}

TEST(Node, NamesAMissingOrMistypedAttribute) {
  Node node{"conv", "stem", {}, {}, {{"groups", std::int64_t{2}}}};
  EXPECT_EQ(node.get<std::int64_t>("groups"), 2);
  using enum ErrorCode;
  EXPECT_NE(refusal([&] { node.get<double>("groups"); }, internal).find("conv stem"),
            std::string::npos);
  EXPECT_NE(refusal([&] { node.get<bool>("bias"); }, internal).find("bias"), std::string::npos);
}

TEST(Verify, RefusesEachKindOfIllegalGraph) {
  using enum ErrorCode;
  const auto refuses = [](const std::function<void(Graph&)>& spoil, const std::string& says) {
    Graph g;
    const ValueId x = g.add_input("x", kOne);
    g.add_node({"relu", "a", {x}, {}, {}}, {kOne});
    verify(g);
    spoil(g);
    const std::string text = refusal([&] { verify(g); }, internal);
    EXPECT_NE(text.find(says), std::string::npos) << text;
  };
  // A read ahead of its write: the node added first reads the output of the next.
  refuses(
      [](Graph& g) {
        g.add_node({"relu", "b", {3}, {}, {}}, {kOne});
        g.add_node({"relu", "c", {0}, {}, {}}, {kOne});
      },
      "reads c before it is written");
  refuses(
      [](Graph& g) {
        g.add_node({"relu", "b", {2}, {}, {}}, {kOne});
      },
      "reads b before it is written");
  refuses([](Graph& g) { g.add_node({"relu", "b", {9}, {}, {}}, {kOne}); }, "reads value 9");
  refuses([](Graph& g) { g.add_node({"relu", "b", {-2}, {}, {}}, {kOne}); }, "reads value -2");
  refuses([](Graph& g) { g.add_node({"relu", "b", {0}, {}, {}}, {}); }, "no outputs");
}

}  // namespace
}  // namespace noyau
