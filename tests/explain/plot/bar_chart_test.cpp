#include "explain/plot/bar_chart.hpp"

#include <gtest/gtest.h>

#include "explain/files.hpp"

namespace noyau::explain {
namespace {

BarChart sample() {
  return {"Accuracy",
          "top-1 in %",
          {{"baseline", 90.1, 89.9, 90.3, ""}, {"<b>EMA</b>", 90.6, 90.6, 90.6, "(+0.50)"}}};
}

TEST(BarChart, DrawsABarAndAnIntervalForEachRow) {
  const std::string svg = to_svg(sample());
  EXPECT_TRUE(balanced(svg));
  EXPECT_EQ(occurrences(svg, "class=\"d0\""), 2u);
  EXPECT_NE(svg.find(">90.10<"), std::string::npos);
  EXPECT_NE(svg.find(">90.60 (+0.50)<"), std::string::npos);
  EXPECT_EQ(svg.find("<b>EMA"), std::string::npos) << "names come from outside";
  // The axis, and three lines of the only interval.
  EXPECT_EQ(occurrences(svg, "class=\"frame\""), 4u);
}

TEST(BarChart, LongerBarsForLargerValues) {
  const std::string svg = to_svg(sample());
  const auto width = [&](std::size_t from) {
    const std::size_t at = svg.find("width=\"", svg.find("<rect x=", from)) + 7;
    return std::stod(svg.substr(at));
  };
  const std::size_t first = svg.find("<rect x=");
  EXPECT_LT(width(0), width(first + 1));
  EXPECT_GT(width(0), 0);
}

TEST(BarChart, StandsWithoutBarsAndWithEqualOnes) {
  EXPECT_TRUE(balanced(to_svg(BarChart{"Empty", "%", {}})));
  const std::string equal =
      to_svg(BarChart{"Equal", "%", {{"a", 0, 0, 0, ""}, {"b", 0, 0, 0, ""}}});
  EXPECT_TRUE(balanced(equal));
  EXPECT_EQ(equal.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace noyau::explain
