// Studies of small networks that train in a moment, stopped and gone on with.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"
#include "api/study_file.hpp"
#include "noyau/error.hpp"
#include "noyau/study.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kRates = R"(title = "Rates"
kind = "alternatives"
[base]
model = "lenet5"
epochs = 1
batch = 16
augment = "crop"
[[variant]]
name = "no rate"
lr = 0
[[variant]]
name = "a rate, \"quoted\""
lr = 0.05
)";

class StudyRun : public testing::Test {
 protected:
  void SetUp() override {
    write_squares(folder_ / "squares", 96, 30);
    write_text(folder_ / "rates.toml", kRates);
  }
  std::vector<std::string> call(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{
        "study", folder_ / "rates.toml", folder_ / "squares", "--seeds", "2",
        "--out", folder_ / "study",      "--threads",         "1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Folder folder_;
};

TEST_F(StudyRun, WritesTableChartAndEveryRun) {
  const Outcome outcome = run(call({"--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = Json::parse(outcome.out);
  ASSERT_EQ(json["rows"].size(), 2u);
  EXPECT_EQ(json["rows"][0]["scores"].size(), 2u);
  EXPECT_LE(json["rows"][0]["low"], json["rows"][0]["mean"]);
  EXPECT_THAT(read_text(folder_ / "study/study.md"), HasSubstr("| no rate | "));
  EXPECT_THAT(read_text(folder_ / "study/study.csv"), HasSubstr("\"a rate, \"\"quoted\"\"\",1,"));
  EXPECT_THAT(read_text(folder_ / "study/study.svg"), HasSubstr("a rate, &quot;quoted&quot;"));
  for (const char* name : {"01-no-rate-seed0", "01-no-rate-seed1", "02-a-rate-quoted-seed0"})
    EXPECT_TRUE(fs::exists(folder_ / ("study/" + std::string(name) + "/summary.json"))) << name;
}

TEST_F(StudyRun, GoesOnWhereItWasStopped) {
  ASSERT_EQ(run(call({"--json"})).code, 0);
  const std::string first = read_text(folder_ / "study/study.csv");
  fs::remove_all(folder_ / "study/02-a-rate-quoted-seed1");     // never started
  fs::remove(folder_ / "study/01-no-rate-seed1/summary.json");  // killed before its end
  const Outcome again = run(call());
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("run 1 of 4: no rate, seed 0 (done before)"));
  EXPECT_EQ(read_text(folder_ / "study/study.csv"), first);
}

TEST_F(StudyRun, RefusesWhatIsNoStudy) {
  const auto expect = [](const std::vector<std::string>& words, const char* text) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  expect({"study", "resnet-sr", folder_ / "squares"}, "did you mean resnet-rs?");
  expect({"study", "norm"}, "the folder of the pictures");
  expect(call({"--seed", "3"}), "--seeds N");
  EXPECT_THAT(run({"study"}).out, HasSubstr("resnet-rs"));
}

TEST_F(StudyRun, NetworksThatAnswerTogetherAreTrainedOnce) {
  write_text(folder_ / "rates.toml", R"(title = "Together"
kind = "alternatives"
[base]
model = "lenet5"
epochs = 1
batch = 16
augment = "none"
[[variant]]
name = "one"
[[variant]]
name = "two"
networks = 2
[[variant]]
name = "two by vote"
networks = 2
ensemble = { rule = "vote" }
[[variant]]
name = "each of two"
networks = 2
ensemble = { each = true }
[[variant]]
name = "flipped"
ensemble = { tta = "flip" }
)");
  const Outcome outcome = run(call({"--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json rows = Json::parse(outcome.out)["rows"];
  EXPECT_EQ(rows[4]["scores"].size(), 2u);
  const auto top1 = [&](const char* seed) {
    return double(Json::parse(
        read_text(folder_ / ("study/01-one-seed" + std::string(seed) + "/summary.json")))["top1"]);
  };
  EXPECT_NEAR(double(rows[3]["scores"][0]), (top1("0") + top1("1")) / 2, 1e-12);
  std::vector<std::string> runs;
  for (const auto& entry : fs::directory_iterator(folder_ / "study"))
    if (entry.is_directory()) runs.push_back(entry.path().filename());
  EXPECT_THAT(runs, testing::UnorderedElementsAre("01-one-seed0", "01-one-seed1", "01-one-seed2",
                                                  "01-one-seed3"));
  const Json lists = Json::parse(read_text(folder_ / "study/01-one-seed0/data.json"))["lists"];
  EXPECT_EQ(lists, Json::parse(read_text(folder_ / "study/01-one-seed1/data.json"))["lists"]);
  EXPECT_NE(lists, Json::parse(read_text(folder_ / "study/01-one-seed2/data.json"))["lists"]);
  EXPECT_THAT(run(call()).out, HasSubstr("run 10 of 10: flipped, seed 1 (done before)"));
}

TEST(StudyFile, ChainsKeepTheLinesOfTheVariantsBefore) {
  const std::string text =
      "title = \"T\"\nkind = \"chain\"\n[base]\nlr = 0.2\n[[variant]]\nname = \"a\"\n"
      "[[variant]]\nname = \"b\"\nepochs = 7\n[[variant]]\nname = \"c\"\nema = 0.5\n";
  const api::StudyPlan plan = api::read_study(text, "t", {{"batch", "64"}});
  ASSERT_EQ(plan.variants.size(), 3u);
  EXPECT_EQ(plan.variants[0].options.epochs, 20);
  EXPECT_EQ(plan.variants[2].options.epochs, 7);
  EXPECT_EQ(plan.variants[2].options.ema, 0.5);
  EXPECT_EQ(plan.variants[1].options.ema, 0);
  for (const auto& variant : plan.variants) {
    EXPECT_EQ(variant.options.lr, 0.2);
    EXPECT_EQ(variant.options.batch, 64);
  }
}

TEST(StudyFile, PointsOfCurvesAreNamedAfterBoth) {
  const std::string start = "title = \"T\"\nkind = \"curves\"\n";
  const api::StudyPlan plan =
      api::read_study(start +
                          "x = \"pictures\"\n[[variant]]\ncurve = \"a\"\nx = 10\nlr = 0.5\n"
                          "[[variant]]\ncurve = \"a\"\nx = 2.5\n",
                      "t", {});
  EXPECT_EQ(plan.x_label, "pictures");
  EXPECT_EQ(plan.variants[0].name, "a, 10");
  EXPECT_EQ(plan.variants[1].name, "a, 2.5");
  EXPECT_EQ(plan.variants[0].options.lr, 0.5);
  EXPECT_FALSE(plan.variants[1].options.lr);
  EXPECT_THROW(api::read_study(start, "t", {}), Error);
  EXPECT_THROW(api::read_study(start + "x = \"p\"\n[[variant]]\ncurve = \"a\"\nx = 0\n", "t", {}),
               Error);
}

TEST(StudyFile, NamesLineAndKeyOfWhatIsWrong) {
  const auto expect = [](const std::string& text, const char* part) {
    try {
      api::read_study(text, "mine.toml", {});
      FAIL() << part;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("mine.toml"));
      EXPECT_THAT(error.what(), HasSubstr(part));
    }
  };
  expect("kind = \"chain\"", "no title");
  expect("title = \"T\"\nkind = \"tree\"", "chain, alternatives or curves");
  expect("title = \"T\"\nkind = \"chain\"", "no variants");
  expect("title = \"T\"\nkind = \"chain\"\n[[variant]]\nname = \"a\"\nepoch = 3",
         "did you mean epochs");
  expect("title = \"T\"\nkind = \"chain\"\n[[variant]]\nlr = 1", "no name");
  expect("title = ", "mine.toml:1");
  const std::string variant = "title = \"T\"\nkind = \"chain\"\n[[variant]]\nname = \"a\"\n";
  expect(variant + "ensemble = 3", "ensemble: wrong type");
  expect(variant + "ensemble = { rules = \"vote\" }", "did you mean rule");
  expect(variant + "ensemble = { rule = \"median\" }", "average or vote");
}

TEST(StudyFile, EveryBuiltInStudyCanBeRun) {
  for (const Study& study : studies()) {
    const api::StudyPlan plan =
        api::read_study(study.text, study.name, {{"from", "weights.noyau"}});
    EXPECT_GE(plan.variants.size(), 4u) << study.name;
    for (const auto& variant : plan.variants) {
      EXPECT_NO_THROW(check_options(variant.options)) << study.name << ": " << variant.name;
      EXPECT_NO_THROW(zoo_model(variant.options.model)) << variant.name;
    }
  }
}

}  // namespace
}  // namespace noyau::test
