#include "noyau/csv.hpp"

#include <gtest/gtest.h>

namespace noyau {
namespace {

TEST(CsvCell, QuotesOnlyWhatWouldBreakALine) {
  EXPECT_EQ(csv_cell(""), "");
  EXPECT_EQ(csv_cell("a b;c'd"), "a b;c'd");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_cell("a\rb"), "\"a\rb\"");
  EXPECT_EQ(csv_cell("\""), "\"\"\"\"");
  EXPECT_EQ(csv_cell("say \"hi\", x"), "\"say \"\"hi\"\", x\"");
  EXPECT_EQ(csv_cell(std::string_view("a\0,", 3)), std::string("\"a\0,\"", 5));
}

}  // namespace
}  // namespace noyau
