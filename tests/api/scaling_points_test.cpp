#include "api/scaling_points.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "noyau/error.hpp"

namespace noyau::api {
namespace {

std::vector<double> values(const std::vector<ScalingPoint>& points) {
  std::vector<double> values;
  for (const ScalingPoint& point : points) values.push_back(point.value);
  return values;
}

ScalingPoint point(const char* axis, double gflop, double ms, double memory_mb) {
  ScalingPoint p;
  p.axis = axis;
  p.gflop = gflop;
  p.ms = ms;
  p.memory_mb = memory_mb;
  return p;
}

TEST(ScalingPoints, WorkGrowsAlongEachAxis) {
  const auto points = scaling_points({.model = "cifar_resnet20"});
  for (std::size_t i = 1; i < points.size(); ++i)
    if (points[i].axis == points[i - 1].axis) {
      EXPECT_GT(points[i].gflop, points[i - 1].gflop) << points[i].axis << " " << points[i].value;
    }
}

TEST(ScalingPoints, BatchDoublesUpTo64AndItsWorkToo) {
  const auto points = scaling_points({.model = "lenet5", .filter = "batch"});
  EXPECT_THAT(values(points), testing::ElementsAre(1, 2, 4, 8, 16, 32, 64));
  EXPECT_EQ(points[0].size, 28);
  EXPECT_DOUBLE_EQ(points[6].gflop, 64 * points[0].gflop);
}

TEST(ScalingPoints, TrainingCountsThreeTimesTheWorkOfInference) {
  const auto train = scaling_points({.model = "lenet5", .filter = "depth"});
  const auto infer = scaling_points({.model = "lenet5", .train = false, .filter = "depth"});
  ASSERT_EQ(train.size(), infer.size());
  EXPECT_DOUBLE_EQ(train[0].gflop, 3 * infer[0].gflop);
}

TEST(ScalingPoints, SizesThatTheModelRefusesAreLeftOut) {
  const auto points = scaling_points({.model = "inception_v3", .filter = "size"});
  EXPECT_THAT(values(points), testing::Not(testing::Contains(64)));
  EXPECT_THAT(values(points), testing::Contains(320));
}

TEST(ScalingPoints, RefusesUnknownModelsAndFilters) {
  EXPECT_THROW(scaling_points({.model = "nothing"}), Error);
  EXPECT_THROW(scaling_points({.model = "lenet5", .filter = "height"}), Error);
}

TEST(ScalingPoints, RelatesToTheFirstPointOfTheSameAxis) {
  std::vector<ScalingPoint> points = {point("batch", 2, 10, 100)};
  relate_last(points);
  EXPECT_EQ(points[0].relative_ms, 1);
  EXPECT_EQ(points[0].relative_memory, 1);
  points.push_back(point("batch", 4, 30, 100));
  relate_last(points);
  EXPECT_EQ(points[1].relative_ms, 1.5);
  EXPECT_EQ(points[1].relative_memory, 0.5);
  points.push_back(point("size", 8, 7, 3));
  relate_last(points);
  EXPECT_EQ(points[2].relative_ms, 1);
}

TEST(ScalingPoints, TimeLeftFollowsTheWorkLeft) {
  const std::vector<ScalingPoint> points = {point("batch", 1, 0, 0), point("batch", 2, 0, 0),
                                            point("batch", 6, 0, 0)};
  EXPECT_DOUBLE_EQ(seconds_left(points, 2, 1.5), 3);
  EXPECT_DOUBLE_EQ(seconds_left(points, 3, 4.5), 0);
}

TEST(ScalingPoints, CsvHasAFieldForEachName) {
  const std::string text = scaling_csv({point("batch", 1, 2, 3), point("size", 4, 5, 6)});
  const std::string names = text.substr(0, text.find('\n'));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(std::count(text.begin(), text.end(), ','),
            3 * std::count(names.begin(), names.end(), ','));
}

}  // namespace
}  // namespace noyau::api
