#include "explain/reliability.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "explain/files.hpp"
#include "explain/plot/reliability_plot.hpp"
#include "noyau/metrics.hpp"

namespace noyau::explain {
namespace {

const std::vector<float> kProbabilities = {0.9f, 0.1f, 0.8f, 0.2f, 0.3f, 0.7f, 0.5f, 0.5f};
const std::vector<int32_t> kLabels = {0, 1, 1, 0};

TEST(Reliability, CountsByConfidence) {
  const auto bins = reliability_bins(kProbabilities, kLabels, 2, 5);
  ASSERT_EQ(bins.size(), 5u);
  // (0.4, 0.6] holds 0.5, (0.6, 0.8] 0.7 and maybe 0.8, which in f32 is a little above.
  EXPECT_EQ(bins[2].images, 1);
  EXPECT_EQ(bins[2].right, 1);
  EXPECT_EQ(bins[3].images, 1);
  EXPECT_EQ(bins[3].right, 1);
  EXPECT_EQ(bins[4].images, 2);
  EXPECT_EQ(bins[4].right, 1);
  EXPECT_NEAR(bins[4].confidence, 1.7, 1e-6);
  EXPECT_NEAR(calibration_error(bins), (0.5 + 0.3 + 0.7) / 4, 1e-6);
  EXPECT_EQ(calibration_error(bins), expected_calibration_error(kProbabilities, kLabels, 2, 5));
}

TEST(Reliability, IsEmptyForConfidencesThatAreNotFinite) {
  const float infinite = std::numeric_limits<float>::infinity();
  const std::vector<float> probabilities = {infinite, 0};
  EXPECT_TRUE(reliability_bins(probabilities, std::vector<int32_t>{0}, 2).empty());
  EXPECT_TRUE(std::isnan(calibration_error({})));
}

TEST(ReliabilityPlot, DrawsABarForEachBinWithImages) {
  const auto bins = reliability_bins(kProbabilities, kLabels, 2);
  for (const bool standalone : {true, false}) {
    const std::string svg = reliability_svg(bins, standalone);
    EXPECT_TRUE(balanced(svg));
    EXPECT_EQ(occurrences(svg, "class=\"miss\""), 4u);
    EXPECT_EQ(occurrences(svg, "class=\"hit\""), 8u);
    EXPECT_EQ(occurrences(svg, "class=\"mark\""), 1u);
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("\"-"), std::string::npos);  // no negative sizes
    EXPECT_EQ(occurrences(svg, "<style>"), standalone ? 1u : 0u);
  }
}

TEST(ReliabilityPlot, StandsWithoutImages) {
  EXPECT_TRUE(balanced(reliability_svg(reliability_bins({}, {}, 2), true)));
}

}  // namespace
}  // namespace noyau::explain
