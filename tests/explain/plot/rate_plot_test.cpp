#include "explain/plot/rate_plot.hpp"

#include <gtest/gtest.h>

#include "explain/files.hpp"

namespace noyau::explain {
namespace {

RatePlot sample() {
  return {"Rates",
          {1e-4, 1e-3, 1e-2, 1e-1, 1},
          {2.3, 2.2, 1.5, 1.1, 900},
          {2.3, 2.25, 1.7, 1.2, 400},
          1e-2};
}

TEST(RatePlot, HasADecadeATickAndMarksTheSuggestion) {
  const std::string svg = to_svg(sample());
  EXPECT_TRUE(balanced(svg));
  for (const char* tick : {">1e-4<", ">1e-3<", ">1e-2<", ">1e-1<", ">1e0<"})
    EXPECT_EQ(occurrences(svg, tick), 1u) << tick;
  EXPECT_EQ(occurrences(svg, "class=\"mark\""), 1u);
  EXPECT_NE(svg.find(">0.01<"), std::string::npos);
}

TEST(RatePlot, LossesThatShootUpStayInTheFrame) {
  EXPECT_EQ(to_svg(sample()).find(">900<"), std::string::npos);
  EXPECT_EQ(to_svg(sample()).find("-1."), std::string::npos);
}

TEST(RatePlot, StandsWithoutPointsAndWithEqualLosses) {
  EXPECT_TRUE(balanced(to_svg(RatePlot{"None", {}, {}, {}, 0})));
  const std::string equal = to_svg(RatePlot{"Equal", {0.1, 0.2}, {1, 1}, {1, 1}, 0});
  EXPECT_TRUE(balanced(equal));
  EXPECT_EQ(equal.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace noyau::explain
