#include "data/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "noyau/error.hpp"

namespace noyau::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> cells(std::string_view text) {
  std::vector<std::vector<std::string>> all;
  for (const CsvRow& row : parse_csv(text, "t.csv")) all.push_back(row.cells);
  return all;
}

std::string refusal(std::string_view text) {
  try {
    parse_csv(text, "t.csv");
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Csv, CellsAreSeparatedByCommas) {
  EXPECT_THAT(cells("a,b\nc,\n,d"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", ""), ElementsAre("", "d")));
  EXPECT_THAT(cells("a b , c"), ElementsAre(ElementsAre("a b ", " c")));
  EXPECT_TRUE(cells("").empty());
}

TEST(Csv, QuotedCellsHoldCommasQuotesAndLines) {
  EXPECT_THAT(cells("\"a,b\",\"say \"\"no\"\"\"\n\"two\nlines\",c\n"),
              ElementsAre(ElementsAre("a,b", "say \"no\""), ElementsAre("two\nlines", "c")));
  EXPECT_THAT(cells("\"\",\"\""), ElementsAre(ElementsAre("", "")));
}

TEST(Csv, LineEndsMarksAndEmptyLinesDoNotMatter) {
  EXPECT_THAT(cells("\xEF\xBB\xBF"
                    "a,\"b\"\r\n\r\nc,d\r\n\n"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
}

TEST(Csv, RowsKnowTheirLine) {
  const auto rows = parse_csv("a\n\n\"b\nc\",d\ne\n", "t.csv");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].line, 1u);
  EXPECT_EQ(rows[1].line, 3u);
  EXPECT_EQ(rows[2].line, 5u);
}

TEST(Csv, RefusesQuotesThatDoNotFit) {
  EXPECT_THAT(refusal("a\n\"b\nc"), HasSubstr("t.csv:2"));
  EXPECT_THAT(refusal("a\n\"b\nc"), HasSubstr("does not end"));
  EXPECT_THAT(refusal("a,b\"c\n"), HasSubstr("within a cell"));
  EXPECT_THAT(refusal("a\n\"b\"c\n"), HasSubstr("t.csv:2"));
}

}  // namespace
}  // namespace noyau::data
