#include "noyau/error.hpp"

#include <gtest/gtest.h>

namespace noyau {
namespace {

TEST(Error, SaysWhereWhatExpectedAndWhatToDo) {
  const Error error(ErrorCode::shape_mismatch, "conv layer1.0.conv1", "3", "64 input channels",
                    "check the input");
  EXPECT_STREQ(error.what(), "conv layer1.0.conv1: 3; expected 64 input channels; check the input");
  EXPECT_EQ(to_string(error.code()), "shape_mismatch");
}

TEST(Error, LeavesOutWhatIsEmpty) {
  EXPECT_STREQ(Error(ErrorCode::io, "a.png", "no such file").what(), "a.png: no such file");
  EXPECT_STREQ(Error(ErrorCode::io, "", "no such file").what(), "no such file");
}

TEST(Escaped, KeepsTextAndHidesControlBytes) {
  EXPECT_EQ(escaped("été 猫.png"), "été 猫.png");
  EXPECT_EQ(escaped("a\x1b[31mb\n"), "a\\x1b[31mb\\x0a");
  EXPECT_EQ(escaped("\xc2\x9b"), "\\xc2\\x9b");           // C1: the one-byte CSI in UTF-8
  EXPECT_EQ(escaped("\xff\xc0\x80"), "\\xff\\xc0\\x80");  // invalid and overlong
  EXPECT_EQ(escaped("\xe2\x82"), "\\xe2\\x82");           // cut short
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

}  // namespace
}  // namespace noyau
