#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "api/cli/program.hpp"
#include "api/cli/same_weights.hpp"
#include "train/checkpoint.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::vector<std::string> train_call(const std::string& data, const std::string& out,
                                    const std::vector<std::string>& more = {}) {
  std::vector<std::string> call{
      "train", data, "--model",   "lenet5", "--batch",   "16",  "--lr", "0.05",
      "--out", out,  "--threads", "2",      "--augment", "crop"};  // a flip would exchange classes
  call.insert(call.end(), more.begin(), more.end());
  return call;
}

/// Waits until the run's results.csv holds that many epochs.
bool wait_for_epochs(const std::string& run, int epochs) {
  for (int i = 0; i < 2000; ++i) {
    const std::string text = read_text(run + "/results.csv");
    if (std::count(text.begin(), text.end(), '\n') > epochs) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

class Train : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    write_squares(data(), 240, 60);
    whole_ = run(train_call(data(), whole_run(), {"--epochs", "6"}));
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string data() { return *folder_ / "squares"; }
  static std::string whole_run() { return *folder_ / "whole"; }

  static Folder* folder_;
  static Outcome whole_;  ///< an uninterrupted run of six epochs
};
Folder* Train::folder_ = nullptr;
Outcome Train::whole_;

TEST_F(Train, WritesTheRunFolderAndNamesReportAndNextCommand) {
  ASSERT_EQ(whole_.code, 0) << whole_.err;
  for (const char* file : {"args.toml", "env.json", "data.json", "results.csv", "report.html",
                           "weights/last.noyau", "weights/best.noyau", "plots/loss.svg"})
    EXPECT_TRUE(fs::exists(whole_run() + "/" + file)) << file;
  EXPECT_THAT(whole_.out, testing::HasSubstr("report: " + whole_run() + "/report.html"));
  EXPECT_THAT(whole_.out, testing::HasSubstr("noyau predict " + whole_run()));
  EXPECT_THAT(whole_.out, testing::ContainsRegex("ep 6/6  loss [0-9.]+  acc [0-9.]+%"));
  EXPECT_EQ(whole_.err, "");
  const std::string results = read_text(whole_run() + "/results.csv");
  EXPECT_TRUE(results.starts_with(
      "epoch,time_s,lr,train_loss,val_loss,top1,top5,img_s,data_wait_s,ema_loss,ema_top1,score,"
      "ema_score,balanced\n1,"));
  EXPECT_EQ(std::count(results.begin(), results.end(), '\n'), 7);
  const Json env = Json::parse(read_text(whole_run() + "/env.json"));
  EXPECT_EQ(env["data_fingerprint"].get<std::string>().size(), 32u);
  const Json split = Json::parse(read_text(whole_run() + "/data.json"));
  EXPECT_EQ(split["lists"]["train"].size() + split["lists"]["val"].size(), 240u);
}

TEST_F(Train, LearnsWhatIsEasy) {
  const Outcome eval = run({"eval", whole_run(), "--json"});
  ASSERT_EQ(eval.code, 0) << eval.err;
  const Json result = Json::parse(eval.out);
  EXPECT_EQ(result["part"], "test");
  EXPECT_EQ(result["images"], 60);
  EXPECT_GT(result["top1"], 0.9);
  ASSERT_EQ(result["classes"].size(), 3u);
  double sum = 0;
  for (const Json& each : result["classes"]) sum += each["accuracy"].get<double>();
  EXPECT_NEAR(result["balanced_accuracy"], sum / 3, 1e-12);
  EXPECT_GE(result["calibration_error"], 0);
  EXPECT_LE(result["calibration_error"], 1);
  const Json summary = Json::parse(read_text(whole_run() + "/summary.json"));
  EXPECT_NEAR(summary["calibration_error"], result["calibration_error"], 1e-6);
}

TEST_F(Train, TellsTheFiveLikeliestClassesOnlyWhereThereAreMore) {
  EXPECT_THAT(run({"eval", whole_run()}).out,
              testing::Not(testing::HasSubstr("top-5")));  // three classes
  const std::string out = *folder_ / "ten";
  const Outcome ten =
      run({"train", std::string(NOYAU_TEST_DATA) + "/../../data/fashion-mnist-sample", "--model",
           "lenet5", "--epochs", "1", "--per-class", "5", "--out", out});
  ASSERT_EQ(ten.code, 0) << ten.err;
  EXPECT_THAT(ten.out, testing::HasSubstr(", top-5 "));
  EXPECT_THAT(run({"eval", out}).out, testing::HasSubstr(", top-5 "));
  EXPECT_THAT(run({"ensemble", out, "--tta", "flip"}).out, testing::HasSubstr(" top-5 "));
}

TEST_F(Train, EvalWritesAReportWhenAsked) {
  const std::string out = *folder_ / "check";
  ASSERT_EQ(run({"eval", whole_run(), data(), "--out", out}).code, 0);
  EXPECT_THAT(read_text(out + "/report.html"), testing::HasSubstr("<html"));
}

TEST_F(Train, PredictNamesEveryPicture) {
  const Outcome outcome =
      run({"predict", whole_run(), data() + "/t10k-images-idx3-ubyte", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  int count = 0, right = 0;
  for (std::string line; std::getline(lines, line); ++count)
    right += Json::parse(line)["predictions"][0]["class"] == std::to_string(count % 3);
  EXPECT_EQ(count, 60);
  EXPECT_GT(right, 54);
}

TEST_F(Train, SummaryAndDumpReadTheRun) {
  EXPECT_THAT(run({"summary", whole_run()}).out, testing::HasSubstr("3 classes"));
  EXPECT_THAT(run({"dump", whole_run(), "--stage", "plan"}).out, testing::HasSubstr("conv"));
}

TEST_F(Train, ConfigRepeatsTheRunForAnyNumberOfThreads) {
  const std::string out = *folder_ / "again";
  ASSERT_EQ(run({"train", "--config", whole_run() + "/args.toml", "--threads", "3", "--workers",
                 "2", "--quiet", "--out", out})
                .code,
            0);
  expect_same_weights(whole_run(), out);
}

TEST_F(Train, RegularisedRunsHaveTheSameBitsForAnyNumberOfThreads) {
  const std::vector<std::string> settings{
      "--epochs",       "2",   "--drop-path",       "0.3",      "--dropout",    "0.2",
      "--drop-connect", "0.1", "--class-weights",   "balanced", "--sampling",   "balanced",
      "--focal-gamma",  "2",   "--label-smoothing", "0.1",      "--image-size", "8"};
  std::vector<std::string> runs;
  for (const char* threads : {"1", "3"}) {
    runs.push_back(*folder_ / (std::string("regularised") + threads));
    std::vector<std::string> call = train_call(data(), runs.back(), settings);
    call[3] = "cifar_resnet20";
    call[9 + 2] = threads;
    const Outcome outcome = run(call);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, testing::HasSubstr("(balanced "));
  }
  expect_same_weights(runs[0], runs[1]);
}

TEST_F(Train, RefusesStochasticDepthOfANetworkWithoutShortcuts) {
  const std::string out = *folder_ / "none";
  const Outcome outcome = run(train_call(data(), out, {"--drop-path", "0.2"}));
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, testing::HasSubstr("cifar_resnet20"));
  EXPECT_FALSE(fs::exists(out));
}

TEST_F(Train, ResumeAfterAKillGivesTheSameBits) {
  for (const int epochs : {0, 2, 4}) {
    const std::string out = *folder_ / ("killed" + std::to_string(epochs));
    {
      Program program(train_call(data(), out, {"--epochs", "6"}));
      ASSERT_TRUE(epochs == 0 || wait_for_epochs(out, epochs));
      while (!fs::exists(out + "/weights/last.noyau"))
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      program.send(SIGKILL);
      program.wait();
    }
    const Outcome outcome = run({"resume", out});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    expect_same_weights(whole_run(), out);
  }
}

// The run, and then its resumption, are killed wherever they happen to be.
TEST_F(Train, ResumeAfterKillsAtRandomMomentsGivesTheSameBits) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  const auto kill_soon = [&](Program& program) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    program.send(SIGKILL);
    program.wait();
  };
  for (int i = 0; i < 4; ++i) {
    const std::string out = *folder_ / ("struck" + std::to_string(i));
    {
      Program program(train_call(data(), out, {"--epochs", "6"}));
      while (!fs::exists(out + "/weights/last.noyau"))
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      kill_soon(program);
    }
    {
      Program program({"resume", out});
      kill_soon(program);
    }
    const Outcome outcome = run({"resume", out});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    expect_same_weights(whole_run(), out);
  }
}

TEST_F(Train, InterruptSavesAndSaysHowToGoOn) {
  const std::string out = *folder_ / "stopped";
  Program program(train_call(data(), out, {"--epochs", "500"}));
  ASSERT_TRUE(wait_for_epochs(out, 1));
  program.send(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, testing::HasSubstr("noyau resume " + out));
  Program again({"resume", out});
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  again.send(SIGTERM);
  EXPECT_EQ(again.wait().code, 143);
}

TEST_F(Train, StopAndResumeGivesTheSameBits) {
  const std::string out = *folder_ / "paused";
  Program program(train_call(data(), out, {"--epochs", "6"}));
  ASSERT_TRUE(wait_for_epochs(out, 1));
  program.send(SIGINT);
  program.wait();
  ASSERT_EQ(run({"resume", out, "--threads", "1"}).code, 0);
  expect_same_weights(whole_run(), out);
}

TEST_F(Train, ResumeRefusesOtherSettingsAndChangedPictures) {
  const Outcome other = run({"resume", whole_run(), "--model", "cifar_resnet20", "--seed", "7"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, testing::HasSubstr("model is lenet5, not cifar_resnet20, seed is 0"));
  const Outcome numerics = run({"resume", whole_run(), "--numerics", "bf16"});
  EXPECT_EQ(numerics.code, 2);
  EXPECT_THAT(numerics.err, testing::HasSubstr("numerics is fast, not bf16"));
  EXPECT_EQ(run({"resume", whole_run(), "--epochs", "2"}).code, 2);

  const std::string changed = *folder_ / "changed", out = *folder_ / "on_changed";
  write_squares(changed, 90, 30);
  ASSERT_EQ(run(train_call(changed, out, {"--epochs", "1", "--quiet"})).code, 0);
  write_squares(changed, 93, 30);
  const Outcome refused = run({"resume", out, "--epochs", "2"});
  EXPECT_EQ(refused.code, 3) << refused.err;
  EXPECT_THAT(refused.err, testing::HasSubstr("--allow-changed-data"));
  EXPECT_EQ(run({"resume", out, "--epochs", "2", "--allow-changed-data"}).code, 0);
}

TEST_F(Train, ARunFolderBelongsToOneProcess) {
  const std::string out = *folder_ / "busy";
  Program program(train_call(data(), out, {"--epochs", "500"}));
  ASSERT_TRUE(wait_for_epochs(out, 1));
  const Outcome second = run({"resume", out});
  EXPECT_NE(second.code, 0);
  EXPECT_THAT(second.err, testing::ContainsRegex("in use by process [0-9]+ on "));
}

TEST_F(Train, DivergenceEndsWithCodeSixAndKeepsTheCheckpoint) {
  const std::string out = *folder_ / "diverged";
  const Outcome outcome =
      run(train_call(data(), out, {"--epochs", "3", "--lr", "1000", "--warmup-epochs", "0"}));
  EXPECT_EQ(outcome.code, 6) << outcome.err;
  EXPECT_THAT(outcome.err, testing::ContainsRegex("epoch [0-9]+ step [0-9]+: a "));
  EXPECT_NO_THROW(training::load_checkpoint(out + "/weights/last.noyau"));
}

TEST_F(Train, JsonIsOneObjectPerLineAndLimitStepsHolds) {
  const std::string out = *folder_ / "json";
  const Outcome outcome =
      run(train_call(data(), out, {"--epochs", "2", "--limit-steps", "3", "--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line);
    events.push_back(event["event"]);
    if (events.back() == "epoch") {
      EXPECT_TRUE(event["balanced"].is_number()) << line;
    } else if (events.back() == "end") {
      EXPECT_TRUE(event["calibration_error"].is_number()) << line;
      EXPECT_TRUE(event["report"].is_string()) << line;
    }
  }
  EXPECT_EQ(events, (std::vector<std::string>{"start", "epoch", "epoch", "end"}));
  EXPECT_EQ(training::load_checkpoint(out + "/weights/last.noyau").position.global_step, 6);
}

TEST_F(Train, NumbersRunsByItself) {
  ASSERT_EQ(
      run({"train", data(), "--model", "lenet5", "--epochs", "1", "--limit-steps", "1", "--quiet"},
          folder_->path())
          .code,
      0);
  EXPECT_TRUE(fs::exists(*folder_ / "runs/train1/report.html"));
  EXPECT_TRUE(fs::exists(*folder_ / "runs/latest/report.html"));
}

}  // namespace
}  // namespace noyau::test
