#include "explain/plot/interval_plot.hpp"

#include <gtest/gtest.h>

#include "explain/files.hpp"

namespace noyau::explain {
namespace {

IntervalPlot sample() {
  return {"Gain",
          "pictures of each class",
          "accuracy",
          {{"scratch", {{10, 40, 35, 45}, {50, 60, 60, 60}}},
           {"transfer", {{10, 60, 55, 65}, {500, 90, 89, 91}}}}};
}

TEST(IntervalPlot, HasATickAtEveryPlaceThatWasMeasured) {
  const std::string svg = to_svg(sample());
  EXPECT_TRUE(balanced(svg));
  for (const char* tick : {">10<", ">50<", ">500<"}) EXPECT_EQ(occurrences(svg, tick), 1u) << tick;
  EXPECT_EQ(occurrences(svg, "<circle"), 4u);
  EXPECT_EQ(occurrences(svg, ">scratch<"), 1u);
}

TEST(IntervalPlot, DrawsNoWhiskersWhereTheIntervalIsAPoint) {
  IntervalPlot plot = sample();
  const std::size_t before = occurrences(to_svg(plot), "<line");
  plot.curves[0].points[0] = {10, 40, 40, 40};
  EXPECT_EQ(occurrences(to_svg(plot), "<line"), before - 3);
}

TEST(IntervalPlot, StandsWithoutPointsAndWithASinglePlace) {
  EXPECT_TRUE(balanced(to_svg(IntervalPlot{"None", "x", "y", {}})));
  const std::string one = to_svg(IntervalPlot{"One", "x", "y", {{"a", {{10, 50, 50, 50}}}}});
  EXPECT_TRUE(balanced(one));
  EXPECT_EQ(one.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace noyau::explain
