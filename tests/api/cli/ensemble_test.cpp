// Ensembles and soups of runs that a small network learns in seconds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"

namespace noyau::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class Ensemble : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    write_squares(data(), 240, 60);
    for (const char* seed : {"1", "2"})
      ASSERT_EQ(run({"train", data(), "--model", "lenet5", "--batch", "16", "--epochs", "1", "--lr",
                     "0.02", "--seed", seed, "--split-seed", "0", "--out", run_folder(seed),
                     "--threads", "2"})
                    .code,
                0);
  }
  static void TearDownTestSuite() { delete folder_; }
  static std::string data() { return *folder_ / "squares"; }
  static std::string run_folder(const std::string& seed) { return *folder_ / ("run" + seed); }
  static std::string file(const std::string& name) { return *folder_ / name; }

  static Folder* folder_;
};
Folder* Ensemble::folder_ = nullptr;

TEST_F(Ensemble, IsOneModelThatEvalAndPredictTake) {
  const std::string out = file("both.noyau");
  const Outcome made = run({"ensemble", run_folder("1"), run_folder("2"), "--out", out, "--json"});
  ASSERT_EQ(made.code, 0) << made.err;
  const Json json = Json::parse(made.out);
  ASSERT_EQ(json["members"].size(), 2u);
  const Outcome measured = run({"eval", out, data(), "--json"});
  ASSERT_EQ(measured.code, 0) << measured.err;
  const Json again = Json::parse(measured.out);
  EXPECT_EQ(again["top1"], json["together"]["score"]);
  EXPECT_EQ(again["loss"], json["together"]["loss"]);
  EXPECT_THAT(std::string(again["model"]), HasSubstr("ensemble of 2"));
  const Outcome predicted = run({"predict", out, data() + "/t10k-images-idx3-ubyte"});
  EXPECT_EQ(predicted.code, 0) << predicted.err;
}

TEST_F(Ensemble, TheTableOfFewClassesLeavesOutTop5) {
  const Outcome made = run({"ensemble", run_folder("1"), run_folder("2")});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("loss\n"));
  EXPECT_THAT(made.out, Not(HasSubstr("top-5")));
}

TEST_F(Ensemble, TheMeanOfLossesBoundsTheLossOfTheMean) {
  const Outcome made = run({"ensemble", run_folder("1"), run_folder("2"), "--json"});
  const Json json = Json::parse(made.out);
  const double mean = (double(json["members"][0]["loss"]) + double(json["members"][1]["loss"])) / 2;
  EXPECT_LE(double(json["together"]["loss"]), mean + 1e-6);  // Jensen's inequality
}

TEST_F(Ensemble, ASoupOfOneNetworkTwiceIsThatNetwork) {
  const std::string out = file("soup.noyau");
  const Outcome made = run(
      {"ensemble", run_folder("1"), run_folder("1"), "--soup", "uniform", "--out", out, "--json"});
  ASSERT_EQ(made.code, 0) << made.err;
  const Json json = Json::parse(made.out);
  EXPECT_EQ(json["together"]["loss"], json["members"][0]["loss"]);
  const Json again = Json::parse(run({"eval", out, data(), "--json"}).out);
  EXPECT_EQ(again["model"], "lenet5");
  EXPECT_EQ(again["loss"], json["members"][0]["loss"]);
}

TEST_F(Ensemble, AGreedySoupIsNoWorseOnTheValidationPart) {
  const Outcome made = run({"ensemble", run_folder("1"), run_folder("2"), "--soup", "greedy",
                            "--part", "val", "--json"});
  ASSERT_EQ(made.code, 0) << made.err;
  const Json json = Json::parse(made.out);
  for (const Json& member : json["members"])
    EXPECT_GE(double(json["together"]["score"]), double(member["score"]));
}

TEST_F(Ensemble, TestTimeAugmentationChangesTheAnswerAndNoneDoesNot) {
  const Json plain = Json::parse(run({"eval", run_folder("1"), "--json"}).out);
  const Json none = Json::parse(run({"eval", run_folder("1"), "--tta", "none", "--json"}).out);
  const Json flip = Json::parse(run({"eval", run_folder("1"), "--tta", "flip", "--json"}).out);
  EXPECT_EQ(plain["loss"], none["loss"]);
  EXPECT_NE(plain["loss"], flip["loss"]);
}

TEST_F(Ensemble, OneCommandTrainsSeveralNetworksOfTheSameParts) {
  const std::string out = file("three");
  const std::vector<std::string> call{
      "train",  data(), "--model", "lenet5", "--batch",   "16", "--epochs",   "1", "--lr",  "0.02",
      "--seed", "5",    "--out",   out,      "--threads", "2",  "--networks", "3", "--json"};
  const Outcome trained = run(call);
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Json end = Json::parse(trained.out.substr(trained.out.rfind("{\"event\"")));
  EXPECT_EQ(end["event"], "networks");
  ASSERT_EQ(end["members"].size(), 3u);
  EXPECT_NE(end["members"][0]["loss"], end["members"][1]["loss"]);
  const auto parts = [&](const std::string& run) {
    return Json::parse(read_text(out + "/" + run + "/data.json"))["lists"];
  };
  EXPECT_EQ(parts("network1"), parts("network3"));
  const Json measured = Json::parse(run({"eval", out + "/ensemble.noyau", data(), "--json"}).out);
  EXPECT_EQ(measured["loss"], end["together"]["loss"]);
  // A second call finds all of them done.
  const Outcome again = run(call);
  EXPECT_THAT(again.out, Not(HasSubstr("\"epoch\"")));
  EXPECT_EQ(Json::parse(again.out)["together"], end["together"]);
}

TEST_F(Ensemble, OneNetworkMayAnswerFromSeveralViews) {
  const Outcome made = run({"ensemble", run_folder("1"), "--tta", "flip", "--json"});
  ASSERT_EQ(made.code, 0) << made.err;
  const Json flip = Json::parse(run({"eval", run_folder("1"), "--tta", "flip", "--json"}).out);
  EXPECT_EQ(Json::parse(made.out)["together"]["loss"], flip["loss"]);
}

TEST_F(Ensemble, RefusesToJudgeByPicturesThatAMemberWasTrainedOn) {
  const std::string other = file("other");
  ASSERT_EQ(run({"train", data(), "--model", "lenet5", "--batch", "16", "--epochs", "1", "--seed",
                 "3", "--out", other, "--quiet"})
                .code,
            0);
  const Outcome judged = run({"ensemble", run_folder("1"), other, "--part", "val"});
  EXPECT_EQ(judged.code, 2);
  EXPECT_THAT(judged.err, HasSubstr("another val part"));
  EXPECT_THAT(judged.err, HasSubstr("--split-seed"));
  EXPECT_EQ(run({"ensemble", run_folder("1"), other, "--soup", "greedy"}).code, 2);
  EXPECT_EQ(run({"ensemble", run_folder("1"), other, "--part", "test"}).code, 0);
}

TEST_F(Ensemble, RefusesWhatIsNoEnsemble) {
  const auto expect = [](const std::vector<std::string>& call, const char* text) {
    const Outcome outcome = run(call);
    EXPECT_NE(outcome.code, 0);
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  expect({"ensemble", run_folder("1")}, "two or more");
  expect({"ensemble", run_folder("1"), run_folder("2"), "--rule", "median"}, "average or vote");
  expect({"ensemble", run_folder("1"), run_folder("2"), "--soup", "cold"}, "uniform");
  expect({"ensemble", run_folder("1"), run_folder("2"), "--tta", "all"}, "none, flip, flips, ten");
  expect({"ensemble", run_folder("1"), run_folder("2"), "--snapshots"}, "no snapshots");
}

}  // namespace
}  // namespace noyau::test
