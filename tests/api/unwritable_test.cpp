// A file that cannot be written must not cost the run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "api/cli/program.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"
#include "noyau/report.hpp"
#include "noyau/train.hpp"

namespace noyau {
namespace {

namespace fs = std::filesystem;

/// A tree of two classes, one of whose pictures is damaged.
void write_tree(const std::string& folder) {
  for (int i = 0; i < 40; ++i) {
    const std::string name = i % 2 == 0 ? "/dark/" : "/light/";
    fs::create_directories(folder + name);
    const Picture picture{.height = 28,
                          .width = 28,
                          .channels = 1,
                          .pixels = std::vector<uint8_t>(784, i % 2 == 0 ? 10 : 200)};
    const std::vector<uint8_t> bytes = encode_png(picture);
    test::write_text(folder + name + std::to_string(i) + ".png", {bytes.begin(), bytes.end()});
  }
  test::write_text(folder + "/dark/damaged.png", "\x89PNG\r\n\x1a\nno more");
}

/// Whether a text holds the other.
auto names(const std::string& part) {
  return [part](const std::string& text) { return text.find(part) != std::string::npos; };
}

class Unwritable : public testing::Test {
 protected:
  void SetUp() override {
    test::write_squares(folder_ / "squares", 96, 30);
    options_.data = folder_ / "squares";
    options_.out = folder_ / "run";
    options_.model = "lenet5";
    options_.batch = 16;
    options_.epochs = 4;
    options_.augment = "none";
    options_.lr = 0.05;
    options_.threads = 1;
  }
  std::string weights(const std::string& name) const { return options_.out + "/weights/" + name; }
  /// A folder in its place makes the rename fail after everything was written.
  void block(const std::string& name) const {
    fs::remove_all(options_.out + "/" + name);
    fs::create_directories(options_.out + "/" + name + "/inside");
  }

  test::Folder folder_;
  TrainOptions options_;
  std::vector<std::string> warnings_;
};

TEST_F(Unwritable, TrainingGoesOnAndTheUserIsTold) {
  TrainCallbacks callbacks;
  callbacks.warning = [&](const std::string& text) { warnings_.push_back(text); };
  callbacks.epoch = [&](const EpochRow& row, bool) {
    if (row.epoch == 1) block("weights/last.noyau");
  };
  const TrainResult result = train(options_, open_data(options_), callbacks);
  EXPECT_FALSE(result.stopped);
  EXPECT_EQ(result.images, 30);
  ASSERT_EQ(warnings_.size(), 3u);  // epochs 2, 3 and 4
  EXPECT_THAT(warnings_[0], testing::HasSubstr("last.noyau"));
  EXPECT_TRUE(fs::exists(options_.out + "/report.html"));
  for (const auto& entry : fs::directory_iterator(options_.out + "/weights"))
    EXPECT_EQ(entry.path().string().find(".tmp."), std::string::npos) << entry.path();
}

TEST_F(Unwritable, ACheckpointOfAnotherModelIsRefusedAndLeftAlone) {
  options_.epochs = 1;
  train(options_, open_data(options_));
  const std::string args = test::read_text(options_.out + "/args.toml");
  std::string other = args;
  other.replace(other.find("lenet5"), 6, "cifar_resnet20");
  test::write_text(options_.out + "/args.toml", other);
  const auto before = fs::last_write_time(weights("last.noyau"));
  EXPECT_THROW(resume({.run = options_.out, .epochs = 2}), Error);
  EXPECT_EQ(fs::last_write_time(weights("last.noyau")), before);
}

TEST_F(Unwritable, TheListOfSkippedPicturesIsWrittenAsSoonAsItCanBe) {
  options_.data = folder_ / "tree";
  write_tree(options_.data);
  TrainCallbacks callbacks;
  callbacks.warning = [&](const std::string& text) { warnings_.push_back(text); };
  callbacks.started = [&](const RunStart&) { block("data.json"); };
  callbacks.epoch = [&](const EpochRow& row, bool) {
    if (row.epoch == 2) fs::remove_all(options_.out + "/data.json");
  };
  const TrainResult result = train(options_, open_data(options_), callbacks);
  EXPECT_FALSE(result.stopped);
  EXPECT_TRUE(result.complete);
  // The damage shows where the pictures are measured: before the first epoch, after it, after the
  // second.
  EXPECT_EQ(std::ranges::count_if(warnings_, names("data.json: cannot")), 3);
  EXPECT_EQ(std::ranges::count_if(warnings_, names("skipped (1 so far")), 1);
  EXPECT_THAT(test::read_text(options_.out + "/data.json"), testing::HasSubstr("damaged.png"));
}

TEST_F(Unwritable, TheResultIsToldWithoutReportAndSummaryAndResumeWritesThem) {
  options_.epochs = 2;
  TrainCallbacks callbacks;
  callbacks.warning = [&](const std::string& text) { warnings_.push_back(text); };
  callbacks.epoch = [&](const EpochRow& row, bool) {
    if (row.epoch < 2) return;
    for (const char* file : {"report.html", "summary.json", "plots/loss.svg"}) block(file);
  };
  const TrainResult result = train(options_, open_data(options_), callbacks);
  EXPECT_EQ(result.images, 30);
  EXPECT_GT(result.top1, 0);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.report, "");
  EXPECT_EQ(warnings_.size(), 3u);
  for (const char* file : {"report.html", "summary.json", "plots/loss.svg"})
    fs::remove_all(options_.out + "/" + file);
  const TrainResult again = resume({.run = options_.out});
  EXPECT_TRUE(again.complete);
  EXPECT_EQ(again.loss, result.loss);
  for (const char* file : {"report.html", "summary.json", "plots/loss.svg"})
    EXPECT_TRUE(fs::is_regular_file(options_.out + "/" + file)) << file;
}

TEST_F(Unwritable, WeightsThatCouldNotBeKeptAreTakenWhereTheyAreTheBest) {
  for (const double ema : {0.0, 0.9}) {
    options_.out = folder_ / (ema > 0 ? "averaged" : "plain");
    options_.epochs = 1;
    options_.ema = ema;
    TrainCallbacks callbacks;
    callbacks.warning = [&](const std::string& text) { warnings_.push_back(text); };
    callbacks.started = [&](const RunStart&) { block("weights/best.noyau"); };
    double best = 0;
    callbacks.epoch = [&](const EpochRow& row, bool) {
      best = std::max(row.top1, ema > 0 ? row.ema_top1 : 0);
      fs::remove_all(weights("best.noyau"));
    };
    const TrainResult result = train(options_, open_data(options_), callbacks);
    EXPECT_EQ(result.best_epoch, 1);
    EXPECT_EQ(result.val_score, best);
    EXPECT_EQ(resume({.run = options_.out}).loss, result.loss);
    EXPECT_EQ(Model::load(options_.out).evaluate(open_data(options_), Split::test).loss,
              result.loss);
  }
  EXPECT_EQ(warnings_.size(), 2u);
}

TEST_F(Unwritable, TheCommandPrintsTheResultAndSaysHowToWriteTheRest) {
  options_.epochs = 1;
  train(options_, open_data(options_));
  block("report.html");
  const test::Outcome outcome = test::run({"resume", options_.out, "--json"});
  EXPECT_EQ(outcome.code, 5) << outcome.err;
  EXPECT_THAT(outcome.err, testing::HasSubstr("report.html"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("\"report\":null"));
  EXPECT_THAT(outcome.out, testing::HasSubstr("\"resume\":\"noyau resume "));
  EXPECT_THAT(test::run({"resume", options_.out}).out, testing::HasSubstr("test accuracy"));
}

}  // namespace
}  // namespace noyau
