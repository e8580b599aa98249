// A search over small trainings: its rounds, its files, and going on where it was stopped.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"
#include "noyau/search.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Tune : public testing::Test {
 protected:
  void SetUp() override { write_squares(folder_ / "squares", 120, 30); }
  std::vector<std::string> call(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{
        "tune",  folder_ / "squares", "--trials",  "6",    "--model", "lenet5",    "--batch",
        "16",    "--epochs",          "9",         "--lr", "0.02",    "--augment", "none",
        "--out", folder_ / "search",  "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Folder folder_;
};

TEST_F(Tune, TheBestThirdGoesOnAndTheBestIsWritten) {
  const Outcome outcome = run(call({"--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = Json::parse(outcome.out);
  ASSERT_EQ(json["trials"].size(), 6u + 2u + 1u);
  double least_kept = 1, most = 0;
  for (int i = 0; i < 6; ++i) most = std::max(most, double(json["trials"][i]["val_score"]));
  for (int i = 6; i < 8; ++i) {
    const int trial = json["trials"][i]["trial"];
    least_kept = std::min(least_kept, double(json["trials"][trial - 1]["val_score"]));
  }
  int better = 0;
  for (int i = 0; i < 6; ++i) better += double(json["trials"][i]["val_score"]) > least_kept;
  EXPECT_LE(better, 1) << "the two best of six go on";
  EXPECT_EQ(json["best"], 8);
  EXPECT_THAT(read_text(folder_ / "search/search.csv"),
              testing::StartsWith("rung,trial,lr,weight_decay,"));
  const std::string best = folder_ / "search/best.toml";
  EXPECT_THAT(read_text(best), testing::HasSubstr("epochs = 9\n"));
  EXPECT_EQ(run({"train", "--config", best, "--epochs", "1", "--out", folder_ / "next"}).code, 0);
}

TEST_F(Tune, GoesOnWhereItWasStopped) {
  ASSERT_EQ(run(call({"--quiet"})).code, 0);
  const std::string settings = read_text(folder_ / "search/best.toml");
  fs::remove_all(folder_ / "search/rung1-trial03");
  fs::remove(folder_ / "search/rung1-trial04/summary.json");
  const Outcome again = run(call());
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, testing::HasSubstr("run 1 of 9: round 1, trial 1 (done before)"));
  EXPECT_EQ(read_text(folder_ / "search/best.toml"), settings);
}

TEST_F(Tune, RefusesWhatCannotBeJudged) {
  const Outcome outcome = run(call({"--val-fraction", "0"}));
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, testing::HasSubstr("no validation part"));
}

TEST(DrawTrial, IsAPureFunctionInItsRanges) {
  TrainOptions base;
  base.lr = 0.1;
  base.seed = 5;
  EXPECT_EQ(draw_trial(base, 0).lr, 0.1);
  for (std::int64_t i = 1; i < 50; ++i) {
    const TrainOptions a = draw_trial(base, i), b = draw_trial(base, i);
    EXPECT_EQ(a.lr, b.lr);
    EXPECT_NE(a.lr, draw_trial(base, i + 1).lr);
    EXPECT_GE(*a.lr, 0.0099);
    EXPECT_LE(*a.lr, 0.301);
    EXPECT_NO_THROW(check_options(a));
  }
}

}  // namespace
}  // namespace noyau::test
