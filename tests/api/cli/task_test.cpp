// Pictures with several labels, and with values, from a labels.csv to predictions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/cli/program.hpp"
#include "api/cli/same_weights.hpp"
#include "base/random.hpp"
#include "noyau/report.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// A grey picture of 16 pixels with a bright square at (4, 1) where `left`, at (4, 10) where
/// `right`, and a background of that brightness.
std::string picture(bool left, bool right, int background) {
  Picture p{.height = 16, .width = 16, .channels = 1, .pixels = std::vector<uint8_t>(256)};
  std::ranges::fill(p.pixels, uint8_t(background));
  for (int y = 4; y < 9; ++y)
    for (int x = 0; x < 5; ++x) {
      if (left) p.pixels[std::size_t(y * 16 + 1 + x)] = 250;
      if (right) p.pixels[std::size_t(y * 16 + 10 + x)] = 250;
    }
  const std::vector<uint8_t> bytes = encode_png(p);
  return {bytes.begin(), bytes.end()};
}

class TaskRun : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    for (const char* task : {"labels", "values"}) write_data(task);
    for (const char* task : {"labels", "values"}) {
      const Outcome trained = run(call(task, run_of(task)));
      ASSERT_EQ(trained.code, 0) << trained.err;
      trained_[task] = trained.out;
    }
  }
  static void TearDownTestSuite() { delete folder_; }

  static void write_data(const std::string& task) {
    fs::create_directories(data(task));
    Random random(7);
    std::string list = task == "labels" ? "file,labels\n" : "file,brightness,squares\n";
    for (int i = 0; i < 240; ++i) {
      const bool left = random.below(2) == 1, right = random.below(2) == 1;
      const int background = int(random.below(100));
      const std::string name = std::to_string(i) + ".png";
      write_text(data(task) + "/" + name, picture(left, right, background));
      list += name + ",";
      if (task == "labels")
        list +=
            std::string(left ? "left" : "") + (left && right ? ";" : "") + (right ? "right" : "");
      else
        list += std::to_string(1000 + 10 * background) + "," + std::to_string(left + right);
      list += "\n";
    }
    write_text(data(task) + "/labels.csv", list);
  }

  static std::string data(const std::string& task) { return *folder_ / ("data-" + task); }
  static std::string run_of(const std::string& task) { return *folder_ / ("run-" + task); }
  static std::vector<std::string> call(const std::string& task, const std::string& out) {
    return {"train",   data(task), "--model",   "lenet5", "--image-size", "28",
            "--batch", "16",       "--epochs",  "12",     "--lr",         "0.02",
            "--out",   out,        "--augment", "none",   "--threads",    "2"};
  }
  static Json eval(const std::string& task) {
    return Json::parse(run({"eval", run_of(task), "--json"}).out);
  }
  /// Two epochs of `verb`, with further words; the last line of what it prints as JSON.
  static Json series(const std::vector<std::string>& verb, const std::string& task,
                     const std::vector<std::string>& more) {
    std::vector<std::string> words = verb;
    words.insert(words.end(), {data(task), "--model", "lenet5", "--image-size", "28", "--batch",
                               "16", "--epochs", "2", "--lr", "0.02", "--augment", "none",
                               "--threads", "2", "--json"});
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out.substr(outcome.out.rfind("\n{") + 1));
  }

  static Folder* folder_;
  static std::map<std::string, std::string> trained_;
};
Folder* TaskRun::folder_ = nullptr;
std::map<std::string, std::string> TaskRun::trained_;

TEST_F(TaskRun, LabelsAreLearned) {
  EXPECT_THAT(trained_["labels"], HasSubstr("2 labels; 192 to train"));
  EXPECT_THAT(trained_["labels"], HasSubstr("mean average precision"));
  EXPECT_THAT(trained_["labels"], Not(HasSubstr("acc ")));
  const Json json = eval("labels");
  EXPECT_GT(double(json["score"]), 0.95);
  EXPECT_EQ(json["answers"][0]["name"], "left");
  EXPECT_GT(double(json["answers"][1]["recall"]), 0.8);
}

TEST_F(TaskRun, ValuesAreLearnedInTheirUnit) {
  EXPECT_THAT(trained_["values"], HasSubstr("2 values"));
  const Json json = eval("values");
  EXPECT_GT(double(json["score"]), 0.8);
  EXPECT_EQ(json["answers"][0]["name"], "brightness");
  EXPECT_LT(double(json["answers"][0]["mean_absolute_error"]), 150);  // of 1000 to 1990
}

TEST_F(TaskRun, PredictionsNameLabelsAndValues) {
  const std::string file = *folder_ / "probe.png";
  write_text(file, picture(true, false, 50));
  const Json labels = Json::parse(run({"predict", run_of("labels"), file, "--json"}).out);
  ASSERT_EQ(labels["predictions"].size(), 1u) << labels;
  EXPECT_EQ(labels["predictions"][0]["class"], "left");
  const Json values = Json::parse(run({"predict", run_of("values"), file, "--json"}).out);
  ASSERT_EQ(values["predictions"].size(), 2u);
  EXPECT_NEAR(double(values["predictions"][0]["value"]), 1500, 250);
  EXPECT_NEAR(double(values["predictions"][1]["value"]), 1, 0.5);
  write_text(file, picture(false, false, 50));
  EXPECT_THAT(run({"predict", run_of("labels"), file}).out, HasSubstr("probe.png: none"));
}

TEST_F(TaskRun, TheReportShowsEachLabelAndValue) {
  EXPECT_THAT(read_text(run_of("labels") + "/report.html"), HasSubstr("average precision"));
  const std::string report = read_text(run_of("values") + "/report.html");
  EXPECT_THAT(report, HasSubstr("brightness"));
  EXPECT_THAT(report, HasSubstr("R²"));
  EXPECT_TRUE(fs::exists(run_of("values") + "/plots/value2.svg"));
  EXPECT_TRUE(fs::exists(run_of("labels") + "/plots/score.svg"));
  EXPECT_THAT(read_text(run_of("labels") + "/results.csv"),
              HasSubstr(",score,ema_score,balanced\n"));
}

TEST_F(TaskRun, ResumeAfterAKillGivesTheSameBits) {
  for (const char* task : {"labels", "values"}) {
    const std::string out = *folder_ / (std::string("killed-") + task);
    {
      Program program(call(task, out));
      for (int i = 0; i < 5000 && !fs::exists(out + "/results.csv"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      program.send(SIGKILL);
      program.wait();
    }
    const Outcome resumed = run({"resume", out});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    expect_same_weights(run_of(task), out);
  }
}

TEST_F(TaskRun, RareLabelsMayCountMore) {
  const std::string out = *folder_ / "weighted";
  auto words = call("labels", out);
  words.insert(words.end(), {"--class-weights", "balanced"});
  const Outcome trained = run(words);
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_GT(double(Json::parse(run({"eval", out, "--json"}).out)["score"]), 0.95);
  words.back() = "effective";
  EXPECT_THAT(run(words).err, HasSubstr("--class-weights effective"));
}

TEST_F(TaskRun, FoldsAreComparedByTheirScores) {
  for (const char* task : {"labels", "values"}) {
    const std::string out = *folder_ / (std::string("folds-") + task);
    const Json json = series({"train"}, task, {"--folds", "2", "--out", out});
    ASSERT_EQ(json["scores"].size(), 2u);
    EXPECT_EQ(Json::parse(read_text(out + "/fold2/summary.json"))["score"], json["scores"][1]);
    EXPECT_NEAR(double(json["mean"]), (double(json["scores"][0]) + double(json["scores"][1])) / 2,
                1e-12);
  }
}

TEST_F(TaskRun, SeveralNetworksAnswerTogether) {
  for (const char* task : {"labels", "values"}) {
    const std::string out = *folder_ / (std::string("networks-") + task);
    const Json json = series({"train"}, task, {"--networks", "2", "--out", out});
    const Json again =
        Json::parse(run({"eval", out + "/ensemble.noyau", data(task), "--json"}).out);
    EXPECT_EQ(again["score"], json["together"]["score"]) << task;
    EXPECT_EQ(again["loss"], json["together"]["loss"]) << task;
    const Outcome soup =
        run({"ensemble", out + "/network1", out + "/network1", "--soup", "greedy", "--json"});
    ASSERT_EQ(soup.code, 0) << soup.err;
    EXPECT_EQ(Json::parse(soup.out)["together"]["score"], json["members"][0]["score"]) << task;
  }
}

TEST_F(TaskRun, AnEnsembleIsShownByTheScoreOfItsTask) {
  const Outcome labels = run({"ensemble", run_of("labels"), run_of("labels")});
  EXPECT_THAT(labels.out, HasSubstr("mean average precision"));
  EXPECT_THAT(labels.out, HasSubstr("gain: +0.00 points over the mean"));
  EXPECT_THAT(labels.out, Not(HasSubstr("top-5")));
  const Outcome values = run({"ensemble", run_of("values"), run_of("values")});
  EXPECT_THAT(values.out, HasSubstr("R2"));
  EXPECT_THAT(values.out, HasSubstr("gain: +0.0000 over the mean"));
}

TEST_F(TaskRun, ASearchAndAStudyCompareScores) {
  const Json search = series({"tune"}, "labels", {"--trials", "3", "--out", *folder_ / "search"});
  for (const Json& trial : search["trials"]) EXPECT_GT(double(trial["val_score"]), 0);
  EXPECT_THAT(read_text(*folder_ / "search/best.toml"), HasSubstr("label-smoothing = 0\n"));
  const std::string file = *folder_ / "rates.toml";
  write_text(file,
             "title = \"Rates\"\nkind = \"alternatives\"\n[base]\nmodel = \"lenet5\"\n"
             "[[variant]]\nname = \"with\"\n[[variant]]\nname = \"without\"\nwarmup-epochs = 0\n");
  const std::string out = *folder_ / "study";
  const Json study = series({"study", file}, "values", {"--seeds", "1", "--out", out});
  EXPECT_EQ(study["rows"][0]["scores"].size(), 1u);
  EXPECT_THAT(read_text(out + "/study.md"), HasSubstr("| variant | R2 | against"));
  EXPECT_THAT(read_text(out + "/study.svg"), HasSubstr("R2, test part"));
}

TEST_F(TaskRun, RefusesWhatOnlyClassesHave) {
  const auto expect = [&](const std::vector<std::string>& words, const char* text) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  auto words = call("values", *folder_ / "none");
  words.insert(words.end(), {"--label-smoothing", "0.1"});
  expect(words, "--label-smoothing");
  expect({"ensemble", run_of("labels"), run_of("labels"), "--rule", "vote"}, "votes");
  const Outcome other = run({"eval", run_of("labels"), data("values")});
  EXPECT_NE(other.code, 0);
  EXPECT_THAT(other.err, HasSubstr("classes that are not those"));
}

}  // namespace
}  // namespace noyau::test
