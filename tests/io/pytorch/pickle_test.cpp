#include "io/pytorch/pickle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noyau/error.hpp"

namespace noyau::io {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;
using Kind = PickleValue::Kind;

std::string refusal(std::string_view bytes) {
  try {
    const Pickle pickle(bytes, "p");
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Pickle, ReadsNumbersTextsAndContainers) {
  // {"a": (1, -2, 0.5), "b": [True, None]}
  const Pickle pickle(
      "\x80\x02}(X\x01\0\0\0aK\x01J\xFE\xFF\xFF\xFFG\x3F\xE0\0\0\0\0\0\0\x87"
      "X\x01\0\0\0b](\x88Neu."sv,
      "p");
  const PickleValue& root = pickle.root();
  ASSERT_EQ(root.kind, Kind::dict);
  ASSERT_EQ(root.entries.size(), 2u);
  EXPECT_EQ(root.entries[0].first->text, "a");
  const PickleValue& tuple = *root.entries[0].second;
  ASSERT_EQ(tuple.items.size(), 3u);
  EXPECT_EQ(tuple.items[1]->integer, -2);
  EXPECT_EQ(tuple.items[2]->number, 0.5);
  EXPECT_EQ(root.entries[1].second->items[0]->integer, 1);
  EXPECT_EQ(pickle.length(), 40u);
}

TEST(Pickle, RemembersValues) {
  const Pickle pickle(
      "\x80\x02]q\x01(h\x01h\x01"
      "e."sv,
      "p");  // a list that holds itself twice
  EXPECT_EQ(pickle.root().items[0], &pickle.root());
  EXPECT_EQ(pickle.root().items.size(), 2u);
}

TEST(Pickle, ReadsLongNumbers) {
  EXPECT_EQ(Pickle("\x8A\x02\xFF\xFF."sv, "p").root().integer, -1);
  EXPECT_EQ(Pickle("\x8A\x00."sv, "p").root().integer, 0);
  EXPECT_EQ(Pickle("\x8A\x05\0\0\0\0\x01."sv, "p").root().integer, std::int64_t(1) << 32);
  EXPECT_THAT(refusal("\x8A\xFF"sv), HasSubstr("a number of 255 bytes"));
}

TEST(Pickle, RefusesNamesThatAreNotOnTheList) {
  EXPECT_THAT(refusal("cos\nsystem\n(X\x02\0\0\0lstR."sv), HasSubstr("os.system"));
  EXPECT_THAT(refusal("c__builtin__\neval\n."sv), HasSubstr("__builtin__.eval"));
  EXPECT_THAT(refusal("X\x02\0\0\0osX\x06\0\0\0system\x93."sv), HasSubstr("os.system"));
}

TEST(Pickle, RefusesOpcodesThatAreNotOnTheList) {
  EXPECT_THAT(refusal("i__builtin__\neval\n."sv), HasSubstr("opcode 0x69"));
  EXPECT_THAT(refusal("\x82\x01."sv), HasSubstr("opcode 0x82"));  // an extension's registry
  EXPECT_THAT(refusal("P1\n."sv), HasSubstr("opcode 0x50"));
}

TEST(Pickle, RefusesWhatDoesNotFit) {
  EXPECT_THAT(refusal(""sv), HasSubstr("an end too soon"));
  EXPECT_THAT(refusal("K\x01"sv), HasSubstr("an end too soon"));
  EXPECT_THAT(refusal("."sv), HasSubstr("nothing on the stack"));
  EXPECT_THAT(refusal("\x85."sv), HasSubstr("nothing on the stack"));
  EXPECT_THAT(refusal("t."sv), HasSubstr("no mark"));
  EXPECT_THAT(refusal("(."sv), HasSubstr("nothing on the stack"));
  EXPECT_THAT(refusal("h\x05."sv), HasSubstr("memo 5"));
  EXPECT_THAT(refusal("K\x01K\x02K\x03s."sv), HasSubstr("no dict"));
  EXPECT_THAT(refusal("}(K\x01u."sv), HasSubstr("a key without a value"));
  EXPECT_THAT(refusal("K\x01K\x02"
                      "a."sv),
              HasSubstr("no list"));
  EXPECT_THAT(refusal("K\x01)R."sv), HasSubstr("no function"));
  EXPECT_THAT(refusal("K\x01Q."sv), HasSubstr("no storage"));
  EXPECT_THAT(refusal("X\xFF\xFF\xFF\xFF"
                      "a"sv),
              HasSubstr("an end too soon"));
  EXPECT_THAT(refusal("\x80\x09N."sv), HasSubstr("protocol 9"));
  EXPECT_THAT(refusal("cno end"sv), HasSubstr("without an end"));
  EXPECT_THAT(refusal("ccollections\nOrderedDict\nK\x01\x85R."sv), HasSubstr("no list"));
  EXPECT_THAT(refusal("ctorch\nFloatStorage\n)R."sv), HasSubstr("torch FloatStorage"));
}

TEST(Pickle, MillionsOfNestedTuplesTakeNoStack) {
  std::string bytes(1'000'000, '(');
  bytes += std::string(1'000'000, 't') + ".";
  EXPECT_EQ(Pickle(bytes, "p").root().kind, Kind::tuple);
}

}  // namespace
}  // namespace noyau::io
