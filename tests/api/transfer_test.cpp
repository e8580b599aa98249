#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "api/cli/program.hpp"
#include "api/cli/same_weights.hpp"
#include "noyau/advise.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"
#include "noyau/train.hpp"
#include "train/checkpoint.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A network trained for an epoch on squares, from which others start; features in a folder of
/// their own.
class Transfer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    ::setenv("XDG_CACHE_HOME", folder_->path().c_str(), 1);
    write_squares(data(), 240, 60);
    TrainOptions options = settings();
    options.model = "lenet5";
    options.out = start();
    options.epochs = 1;
    options.lr = 0.05;
    train(options, open_data(options));
  }
  static void TearDownTestSuite() {
    ::unsetenv("XDG_CACHE_HOME");
    delete folder_;
  }
  void SetUp() override { fs::remove_all(features()); }

  static std::string data() { return *folder_ / "squares"; }
  static std::string start() { return *folder_ / "start"; }
  static std::string features() { return *folder_ / "noyau/features"; }

  static TrainOptions settings() {
    TrainOptions options;
    options.data = data();
    options.batch = 16;
    options.epochs = 2;
    options.threads = 2;
    return options;
  }
  static TrainOptions frozen(const std::string& freeze) {
    TrainOptions options = settings();
    options.model = "lenet5";
    options.from = start();
    options.freeze = freeze;
    options.lr = 0.01;
    options.out = *folder_ / ("run" + std::to_string(++runs_));
    return options;
  }
  static TrainResult run_of(const TrainOptions& options, const TrainCallbacks& callbacks = {}) {
    return train(options, open_data(options), callbacks);
  }
  /// How many views were computed.
  static std::int64_t computed(const TrainOptions& options) {
    std::int64_t views = 0;
    TrainCallbacks callbacks;
    callbacks.features = [&](const FeatureProgress& at) { views += at.done == at.count; };
    run_of(options, callbacks);
    return views;
  }
  static const Tensor& tensor(const training::Checkpoint& checkpoint, const std::string& name) {
    for (const auto& entry : checkpoint.weights)
      if (entry.first == name) return entry.second;
    throw Error(ErrorCode::internal, name, "absent");
  }
  static bool same_tensor(const std::string& run, const std::string& name) {
    const auto a = training::load_checkpoint(start() + "/weights/best.noyau");
    const auto b = training::load_checkpoint(run + "/weights/best.noyau");
    const Tensor &x = tensor(a, name), &y = tensor(b, name);
    return std::memcmp(x.raw(), y.raw(), x.bytes()) == 0;
  }

  static Folder* folder_;
  static int runs_;
};
Folder* Transfer::folder_ = nullptr;
int Transfer::runs_ = 0;

TEST_F(Transfer, OnlyTheStagesBehindTheFrozenOnesLearn) {
  for (const auto& [freeze, last_frozen, first_free] :
       {std::tuple("head", "fc2.weight", "fc3.weight"), {"1", "conv1.weight", "conv2.weight"}}) {
    const TrainOptions options = frozen(freeze);
    run_of(options);
    EXPECT_TRUE(same_tensor(options.out, last_frozen)) << freeze;
    EXPECT_FALSE(same_tensor(options.out, first_free)) << freeze;
  }
}

TEST_F(Transfer, TheWholeNetworkAnswersAsItsFeaturesAndHeadDid) {
  for (const char* freeze : {"head", "2"}) {
    const TrainOptions options = frozen(freeze);
    const TrainResult result = run_of(options);
    Model model = Model::load(options.out, 2);
    const Evaluation whole = model.evaluate(open_data(options), Split::test);
    EXPECT_EQ(whole.top1, result.top1) << freeze;
    EXPECT_NEAR(whole.loss, result.loss, 1e-6) << freeze;
  }
}

TEST_F(Transfer, FeaturesAreComputedOnceAndNeverUsedForOtherDataWeightsOrViews) {
  TrainOptions options = frozen("head");
  options.augment = "flip";
  options.views = 2;
  // Two of training, validation, test, and the pictures as they are for the suspicious labels.
  EXPECT_EQ(computed(options), 5);
  options.out = frozen("head").out;
  options.epochs = 3;
  options.lr = 0.02;
  EXPECT_EQ(computed(options), 0);
  const auto with = [&](const std::function<void(TrainOptions&)>& change) {
    TrainOptions other = options;
    other.out = frozen("head").out;
    change(other);
    return computed(other);
  };
  EXPECT_EQ(with([](TrainOptions& o) { o.views = 3; }), 1);
  EXPECT_EQ(with([](TrainOptions& o) { o.augment = "vflip"; }), 2);
  EXPECT_EQ(with([](TrainOptions& o) {
              o.augment = "none";
              o.views = 0;
            }),
            0);
  EXPECT_EQ(with([](TrainOptions& o) { o.seed = 1; }), 4);
  EXPECT_EQ(with([](TrainOptions& o) { o.freeze = "2"; }), 5);
  const std::string other_start = frozen("none").out;
  TrainOptions retrain = settings();
  retrain.model = "lenet5";
  retrain.epochs = 1;
  retrain.seed = 5;
  retrain.split_seed = 0;
  retrain.out = other_start;
  run_of(retrain);
  EXPECT_EQ(with([&](TrainOptions& o) { o.from = other_start; }), 5);
}

TEST_F(Transfer, DamagedFeaturesAreComputedAgain) {
  TrainOptions options = frozen("head");
  options.augment = "none";
  EXPECT_EQ(computed(options), 3);  // training, validation, test
  for (const auto& entry : fs::directory_iterator(features())) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file.put('?');
  }
  options.out = frozen("head").out;
  EXPECT_EQ(computed(options), 3);
}

TEST_F(Transfer, GoesOnWithTheSameBits) {
  for (const char* freeze : {"head", "2"}) {
    TrainOptions whole = frozen(freeze);
    whole.epochs = 3;
    run_of(whole);
    TrainOptions cut = whole;
    cut.out = frozen(freeze).out;
    std::atomic<bool> stop{false};
    TrainCallbacks callbacks;
    callbacks.step = [&](const Progress& at) { stop = at.epoch == 2 && at.step == 3; };
    callbacks.stop = &stop;
    EXPECT_TRUE(run_of(cut, callbacks).stopped);
    fs::remove_all(features());  // they come again from the weights in the checkpoint
    resume({.run = cut.out});
    expect_same_weights(whole.out, cut.out);
    EXPECT_TRUE(verify(whole.out).same);
  }
}

TEST_F(Transfer, AHeadOnAllStagesIsPartOfTheModel) {
  TrainOptions options = frozen("head");
  options.head = "stages";
  const TrainResult result = run_of(options);
  EXPECT_TRUE(same_tensor(options.out, "fc2.weight"));
  Model model = Model::load(options.out, 2);
  const Evaluation whole = model.evaluate(open_data(options), Split::test);
  EXPECT_EQ(whole.top1, result.top1);
  const auto checkpoint = training::load_checkpoint(options.out + "/weights/best.noyau");
  EXPECT_EQ(tensor(checkpoint, "stage_head.fc.weight").shape()[0], 3);
  EXPECT_THROW(tensor(checkpoint, "fc3.weight"), Error);
}

TEST_F(Transfer, AHeadOnAllStagesIsAStartForEitherHead) {
  TrainOptions head = frozen("head");
  head.head = "stages";
  run_of(head);
  for (const auto& [kind, missing] : {std::pair("stages", 0u), {"last", 2u}}) {
    TrainOptions all = frozen("none");
    all.from = head.out;
    all.head = kind;
    WeightMatch match;
    TrainCallbacks callbacks;
    callbacks.started = [&](const RunStart& start) { match = start.match; };
    run_of(all, callbacks);
    EXPECT_EQ(match.missing.size(), missing) << kind;
    EXPECT_FALSE(match.matching.empty()) << kind;
  }
}

TEST_F(Transfer, AnotherNumberOfClassesStartsANewHeadAlone) {
  const std::string two = *folder_ / "two";
  if (!fs::exists(two)) {
    write_squares(two, 60, 30);
    fs::remove(two + "/classes.txt");
  }
  TrainOptions options = frozen("none");
  options.data = two;
  run_of(options);
  Model model = Model::load(options.out, 1);
  EXPECT_EQ(model.classes().size(), 3u);
}

TEST_F(Transfer, RefusesWhatCannotBeFrozen) {
  const auto message = [&](const std::function<void(TrainOptions&)>& change) -> std::string {
    TrainOptions options = frozen("head");
    change(options);
    try {
      run_of(options);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message([](TrainOptions& o) { o.from.clear(); }), HasSubstr("given without --from"));
  EXPECT_THAT(message([](TrainOptions& o) { o.freeze = "9"; }), HasSubstr("lenet5 has 5 stages"));
  EXPECT_THAT(message([](TrainOptions& o) { o.augment = "mixup"; }), HasSubstr("do not mix"));
  EXPECT_THAT(message([](TrainOptions& o) { o.progressive = 0.5; }), HasSubstr("--progressive"));
  EXPECT_THAT(message([](TrainOptions& o) {
                o.freeze = "none";
                o.views = 3;
              }),
              HasSubstr("--views"));
}

TEST_F(Transfer, AdviceMeasuresStagesAndPlansAllFourWays) {
  TrainOptions options = frozen("none");
  const Advice advice = noyau::advise(options, open_data(options));
  EXPECT_EQ(advice.model, "lenet5");
  EXPECT_EQ(advice.classes.size(), 3u);
  EXPECT_TRUE(advice.little);
  ASSERT_EQ(advice.probes.size(), 5u);  // four cuts of five stages, and all together
  EXPECT_EQ(advice.probes.front().stages, 1);
  EXPECT_EQ(advice.probes.back().stages, 0);
  EXPECT_GT(advice.probes.back().accuracy, 0.9);
  ASSERT_EQ(advice.plans.size(), 4u);
  EXPECT_EQ(advice.plans.front().freeze, "head");
  EXPECT_EQ(advice.plans.front().head, advice.similar ? "last" : "stages");
  for (const TransferPlan& plan : advice.plans) {
    EXPECT_GT(plan.seconds, 0) << plan.name;
    EXPECT_LE(plan.low, plan.high) << plan.name;
    EXPECT_THAT(plan.command, HasSubstr("--from"));
  }
}

TEST_F(Transfer, CommandsOfTheAdviceKeepWhatWasSetAndNameNoModelThatTheWeightsName) {
  TrainOptions options = frozen("none");
  options.seed = 7;
  options.epochs = 3;
  const Advice advice = noyau::advise(options, open_data(options));
  for (const TransferPlan& plan : advice.plans) {
    EXPECT_EQ(plan.epochs, 3) << plan.name;
    EXPECT_THAT(plan.command, HasSubstr("--recipe " + plan.recipe));
    EXPECT_THAT(plan.command, HasSubstr("--epochs 3"));
    EXPECT_THAT(plan.command, HasSubstr("--seed 7"));
    EXPECT_THAT(plan.command, Not(HasSubstr("--model")));
    EXPECT_THAT(plan.command, Not(HasSubstr("''")));
  }
}

TEST_F(Transfer, AutoDoesWhatAdviceRecommends) {
  TrainOptions options = frozen("auto");
  const Advice advice = noyau::advise(options, open_data(options));
  std::pair<std::int64_t, std::int64_t> looked_at;
  TrainCallbacks callbacks;
  callbacks.advising = [&](std::int64_t done, std::int64_t count) { looked_at = {done, count}; };
  run_of(options, callbacks);
  EXPECT_EQ(looked_at, std::pair(advice.probed, advice.probed));
  const TrainOptions kept = read_run(options.out);
  EXPECT_EQ(kept.freeze, advice.plans.front().freeze);
  EXPECT_EQ(kept.head, advice.plans.front().head);
}

TEST_F(Transfer, AdviceThatCannotBeReadCostsNoReport) {
  TrainOptions options = frozen("auto");
  options.epochs = 1;
  run_of(options);
  write_text(options.out + "/advice.json", "{");
  std::string warnings;
  TrainCallbacks callbacks;
  callbacks.warning = [&](const std::string& text) { warnings += text; };
  const TrainResult result = resume({.run = options.out, .epochs = 2}, callbacks);
  EXPECT_THAT(warnings, HasSubstr("advice.json"));
  EXPECT_THAT(read_text(result.report), HasSubstr("Confusion matrix"));
}

/// The labels of an IDX file start at byte 8.
void change_labels(const std::string& folder, const std::set<std::int64_t>& pictures) {
  std::fstream file(folder + "/train-labels-idx1-ubyte",
                    std::ios::in | std::ios::out | std::ios::binary);
  for (const std::int64_t picture : pictures) {
    file.seekg(8 + picture);
    const int label = file.get();
    file.seekp(8 + picture);
    file.put(char((label + 1) % 3));
  }
  ASSERT_TRUE(file.good());
}

TEST_F(Transfer, ALabelThatTheFeaturesSpeakAgainstIsInTheAdviceAndInTheReportOfFineTuning) {
  const std::set<std::int64_t> wrong = {3, 40, 77, 150, 400, 401, 700};
  TrainOptions options = frozen("auto");
  options.data = *folder_ / "exchanged";
  options.epochs = 1;
  write_squares(options.data, 960, 60);
  change_labels(options.data, wrong);
  const Dataset data = open_data(options);
  const Advice advice = noyau::advise(options, data);
  EXPECT_EQ(advice.plans.front().recipe, "fine-tune");
  std::set<std::int64_t> found, sought;
  for (const Suspicion& s : advice.suspicious)
    found.insert(data.samples(Split::train)[std::size_t(s.sample)].index);
  for (const Sample& sample : data.samples(Split::train))
    if (wrong.contains(sample.index)) sought.insert(sample.index);
  EXPECT_GE(sought.size(), 3u);
  EXPECT_THAT(found, testing::IsSupersetOf(sought));
  const TrainResult result = run_of(options);
  const std::string report = read_text(result.report);
  EXPECT_THAT(report, HasSubstr("Suspicious labels"));
  EXPECT_THAT(report, HasSubstr(advice.suspicious.front().source));
}

}  // namespace
}  // namespace noyau::test
