#include "explain/text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace noyau::explain {
namespace {

std::string encoded(std::string_view text) {
  return base64({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

TEST(Base64, MatchesTheExamplesOfRfc4648) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encoded("\xff\xfe\xfd"), "//79");
}

TEST(MarkupEscaped, LeavesNothingThatAParserCouldActOn) {
  EXPECT_EQ(markup_escaped("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
  EXPECT_EQ(markup_escaped("a\x01\xff"), "a\\x01\\xff");
  EXPECT_EQ(markup_escaped("Füße 猫"), "Füße 猫");
  EXPECT_EQ(markup_escaped_lines("a<\nb\n"), "a&lt;\nb\n");
}

TEST(MarkupProse, MakesCodeOfWhatIsBetweenBackquotes) {
  EXPECT_EQ(markup_prose("try `noyau split a<b`; or `x`."),
            "try <code>noyau split a&lt;b</code>; or <code>x</code>.");
  EXPECT_EQ(markup_prose("one ` alone"), "one ` alone");
  EXPECT_EQ(markup_prose("``"), "<code></code>");
  EXPECT_EQ(markup_prose(""), "");
}

TEST(Shortened, CutsBetweenCharacters) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "ab…");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
  EXPECT_EQ(characters("äö…"), 3u);
}

TEST(Numbers, ReadWell) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(percent(0.93254), "93.25 %");
  EXPECT_EQ(percent(NAN), "–");
  EXPECT_EQ(duration(41.23), "41.2 s");
  EXPECT_EQ(duration(725), "12 min 5 s");
  EXPECT_EQ(duration(3599.9), "1 h 0 min");
  EXPECT_EQ(duration(12000), "3 h 20 min");
}

}  // namespace
}  // namespace noyau::explain
