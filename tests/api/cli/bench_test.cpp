#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"

namespace noyau::test {
namespace {

using Json = nlohmann::json;

TEST(Bench, ModelGivesOneObjectWithEveryFigure) {
  for (const char* mode : {"--train", "--infer"}) {
    const Outcome outcome =
        run({"bench", "lenet5", mode, "--batch", "8", "--seconds", "0.01", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const Json result = Json::parse(outcome.out);
    for (const char* key : {"ms_per_step", "img_s", "gflops", "fma_peak_gflops", "peak_rss_mb",
                            "prepare_s", "first_step_s"})
      EXPECT_GT(result[key].get<double>(), 0) << mode << " " << key;
    EXPECT_NEAR(result["img_s"].get<double>() * result["ms_per_step"].get<double>(), 8000, 1);
  }
}

TEST(Bench, LayersKeepWhatTheFilterNames) {
  const Outcome outcome = run(
      {"bench", "--layers", "--filter", "7x7x512", "--batch", "1", "--seconds", "0.01", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json result = Json::parse(outcome.out);
  ASSERT_EQ(result["layers"].size(), 3u);
  for (const Json& row : result["layers"]) {
    EXPECT_NE(row["layer"].get<std::string>().find("7x7x512"), std::string::npos);
    EXPECT_NEAR(row["share_of_peak"].get<double>() * result["fma_peak_gflops"].get<double>(),
                row["gflops"].get<double>(), 1e-6);
  }
}

TEST(Bench, ScalingTellsEveryPointOfAnAxis) {
  const Outcome outcome =
      run({"bench", "lenet5", "--scaling", "--filter", "batch", "--seconds", "0.01", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("7 of 7 points"), std::string::npos) << outcome.err;
  const Json result = Json::parse(outcome.out);
  ASSERT_EQ(result["points"].size(), 7u);
  for (const Json& point : result["points"])
    for (const char* key : {"gflop", "ms", "relative_ms", "memory_mb", "relative_memory", "rss_mb",
                            "nodes", "plan_ms", "plan_us_per_node"})
      EXPECT_GT(point[key].get<double>(), 0) << key;
}

TEST(Bench, DataTellsPicturesPerSecond) {
  const std::string folder = std::string(NOYAU_TEST_DATA) + "/../../data/fashion-mnist-sample";
  const Outcome outcome = run({"bench", "--data", folder, "--augment", "crop,flip", "--image-size",
                               "28", "--seconds", "0.05", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json result = Json::parse(outcome.out);
  EXPECT_EQ(result["threads"], 1);
  for (const char* key : {"images", "seconds", "img_s_per_thread", "img_s_per_core"})
    EXPECT_GT(result[key].get<double>(), 0) << key;
}

TEST(Bench, ScalingRefusesFlagsOfOtherModes) {
  EXPECT_EQ(run({"bench", "--scaling", "--layers"}).code, 2);
  EXPECT_EQ(run({"bench", "--scaling", "--batch", "4"}).code, 2);
  EXPECT_EQ(run({"bench", "lenet5", "--csv", "points.csv"}).code, 2);
}

}  // namespace
}  // namespace noyau::test
