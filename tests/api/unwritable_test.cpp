// A checkpoint that cannot be written must not cost the run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "api/cli/program.hpp"
#include "noyau/error.hpp"
#include "noyau/train.hpp"

namespace noyau {
namespace {

namespace fs = std::filesystem;

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

  test::Folder folder_;
  TrainOptions options_;
  std::vector<std::string> warnings_;
};

TEST_F(Unwritable, TrainingGoesOnAndTheUserIsTold) {
  TrainCallbacks callbacks;
  callbacks.warning = [&](const std::string& text) { warnings_.push_back(text); };
  callbacks.epoch = [&](const EpochRow& row, bool) {
    if (row.epoch != 1) return;
    // A folder in its place makes the rename fail after everything was written.
    fs::remove(weights("last.noyau"));
    fs::create_directories(weights("last.noyau") + "/inside");
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

}  // namespace
}  // namespace noyau
