#include "passes/slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.hpp"
#include "passes/edit.hpp"
#include "passes/networks.hpp"

namespace noyau::passes {
namespace {

Graph deep_network(int blocks) {
  Graph g;
  ValueId y = g.add_input("x", {DType::f32, {1, 4, 4, 4}});
  for (int i = 0; i < blocks; ++i) {
    const std::string block = "b" + std::to_string(i) + ".";
    ValueId z = norm(g, block + "bn", conv(g, block + "conv", y, 4), false);
    y = relu(g, block + "relu", add(g, block + "add", z, y));
  }
  g.set_output("y", y);
  return g;
}

bool lists(const std::vector<ValueId>& list, ValueId v) {
  return std::count(list.begin(), list.end(), v) > 0;
}

// The answers of a walk over all slots, which those of the index have to be.
struct Walk {
  const Slots& slots;
  int producer(ValueId v) const {
    for (std::size_t i = 0; i < slots.size(); ++i)
      if (slots[i] && lists(slots[i]->outputs, v)) return int(i);
    return -1;
  }
  int readers(ValueId v) const {
    std::ptrdiff_t n = 0;
    for (const auto& slot : slots)
      if (slot) n += std::count(slot->inputs.begin(), slot->inputs.end(), v);
    return int(n);
  }
  int next_reader(ValueId v, int from) const {
    for (std::size_t i = std::size_t(from); i < slots.size(); ++i)
      if (slots[i] && lists(slots[i]->inputs, v)) return int(i);
    return int(slots.size());
  }
};

void expect_answers_of_a_walk(const Slots& slots, int values) {
  const Walk walk{slots};
  for (ValueId v = 0; v < values; ++v) {
    ASSERT_EQ(slots.producer(v), walk.producer(v)) << v;
    ASSERT_EQ(slots.readers(v), walk.readers(v)) << v;
    for (const int from : {0, 5, int(slots.size()) / 2})
      ASSERT_EQ(slots.next_reader(v, from), walk.next_reader(v, from)) << v;
  }
}

void rewrite_something(Slots& slots, int values, Random& random) {
  const auto any_slot = [&] { return std::size_t(random.below(slots.size())); };
  const auto any_value = [&] { return ValueId(random.below(std::uint64_t(values))); };
  const std::size_t i = any_slot(), j = any_slot();
  if (!slots[i]) return;
  switch (random.below(4)) {
    case 0:
      slots[i].reset();
      break;
    case 1:
      if (i == j) break;
      slots[j] = std::move(slots[i]);
      slots[i].reset();
      break;
    case 2:
      slots[i]->inputs.push_back(any_value());
      break;
    default:
      slots[i]->inputs.assign(2, any_value());
  }
}

TEST(Slots, AnswerAsAWalkDoesAfterAnyRewrite) {
  const Graph g = deep_network(6);
  const int values = int(g.values().size());
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Slots slots(g.nodes());
    Random random(seed);
    expect_answers_of_a_walk(slots, values);
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 3; ++i) rewrite_something(slots, values, random);
      expect_answers_of_a_walk(slots, values);
    }
  }
}

TEST(Slots, FollowAReferenceThatIsWrittenAfterAQuestion) {
  const Graph g = deep_network(2);
  Slots slots(g.nodes());
  slots.readers(0);
  Node& last = *slots[slots.size() - 1];
  const int before = slots.readers(0);
  last.inputs.push_back(0);
  EXPECT_EQ(slots.readers(0), before + 1);
}

// What fusion does at every block, with all of its questions.
std::int64_t work_of_merging(int blocks) {
  Edit edit(deep_network(blocks));
  for (std::size_t i = 0; i < edit.slots.size(); ++i) {
    if (!edit.slots[i] || edit.slots[i]->op != "relu") continue;
    const ValueId x = edit.slots[i]->inputs[0];
    const int from = edit.producer(x);
    EXPECT_EQ(edit.readers(x), 1);
    EXPECT_EQ(edit.next_reader(x), int(i));
    const ValueId output = edit.slots[i]->outputs[0];
    edit.slots[i] = std::move(edit.slots[std::size_t(from)]);
    edit.slots[std::size_t(from)].reset();
    edit.slots[i]->outputs[0] = output;
  }
  return edit.slots.work();
}

TEST(Slots, InsertedNodesGoAheadOfTheirSlotsInOrder) {
  const Graph g = deep_network(2);
  Slots slots(g.nodes());
  const int before = slots.readers(g.find("x"));
  Node first, second, last;
  first.op = "a";
  first.inputs = {g.find("x")};
  second.op = "b";
  last.op = "c";
  slots.insert({{3, first}, {1, second}, {3, last}});
  ASSERT_EQ(slots.size(), g.nodes().size() + 3);
  EXPECT_EQ(slots[0]->name, g.nodes()[0].name);
  EXPECT_EQ(slots[1]->op, "b");
  EXPECT_EQ(slots[4]->op, "a");
  EXPECT_EQ(slots[5]->op, "c");
  EXPECT_EQ(slots[6]->name, g.nodes()[3].name);
  EXPECT_EQ(slots.readers(g.find("x")), before + 1);
}

TEST(Slots, WorkGrowsWithTheNodesNotWithTheirSquare) {
  const std::int64_t few = work_of_merging(50), many = work_of_merging(1600);
  EXPECT_GT(few, 50);
  EXPECT_LT(many, 32 * few * 11 / 10);
}

}  // namespace
}  // namespace noyau::passes
