// noyau check and noyau split from the outside, and training by a split file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"
#include "noyau/report.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

/// A grey picture of random pixels.
std::string picture(unsigned seed) {
  Picture p{.height = 20, .width = 20, .channels = 1, .pixels = {}};
  for (int i = 0; i < 400; ++i) {
    seed = seed * 1664525 + 1013904223;
    p.pixels.push_back(std::uint8_t(seed >> 24));
  }
  const std::vector<std::uint8_t> bytes = encode_png(p);
  return {bytes.begin(), bytes.end()};
}

/// Every file below the folder: its size and when it was written.
std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> snapshot(
    const std::string& folder) {
  std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    out[entry.path()] = {entry.is_regular_file() ? entry.file_size() : 0, entry.last_write_time()};
  return out;
}

class Photos : public testing::Test {
 protected:
  void SetUp() override {
    for (unsigned i = 0; i < 48; ++i) {
      const std::string folder = data_ + (i % 2 ? "/cat" : "/dog");
      fs::create_directories(folder);
      write_text(folder + "/set" + std::to_string(i / 4) + "_" + std::to_string(i) + ".png",
                 picture(i));
    }
    for (unsigned i = 0; i < 6; ++i)
      write_text(data_ + "/cat/copy" + std::to_string(i) + ".png", picture(2 * i + 1));
    write_text(data_ + "/dog/broken.png", picture(0).substr(0, 100));
  }

  Outcome call(std::vector<std::string> arguments) { return run(arguments, folder_.path()); }

  Folder folder_;
  std::string data_ = folder_ / "photos";
};

TEST_F(Photos, CheckTellsWhatItFindsAndChangesNothing) {
  const auto before = snapshot(data_);
  const Outcome outcome = call({"check", "photos"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("55 pictures"));
  EXPECT_THAT(outcome.out, HasSubstr("1  unreadable file: dog/broken.png: damaged PNG"));
  EXPECT_THAT(outcome.out, HasSubstr("6  groups of duplicates: 6 equal files"));
  EXPECT_THAT(outcome.out, HasSubstr("report: check/report.html"));
  EXPECT_EQ(snapshot(data_), before);
  for (const char* name :
       {"report.html", "pictures.csv", "issues.csv", "duplicates.csv", "leaks.csv", "classes.csv"})
    EXPECT_TRUE(fs::exists(folder_ / ("check/" + std::string(name)))) << name;
  const Outcome json = call({"check", "photos", "--json", "--near", "0", "--out", "other"});
  const Json result = Json::parse(json.out);
  EXPECT_EQ(result["exact_groups"], 6);
  EXPECT_EQ(result["issues"]["unreadable"], 1);
  EXPECT_EQ(result["folder"], "other");
}

TEST_F(Photos, CheckAlsoTakesPicturesWithoutClasses) {
  const Outcome outcome = call({"check", "photos/cat", "--out", "cats"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("cannot be trained on as it is"));
  EXPECT_THAT(outcome.out, HasSubstr("30 pictures"));
  EXPECT_EQ(call({"check", "absent"}).code, 3);
}

TEST_F(Photos, NothingIsWrittenIntoTheData) {
  const auto before = snapshot(data_);
  fs::create_directory_symlink(data_, folder_ / "link");
  for (const char* out : {"photos", "photos/check", "link/check", "./photos/../photos/x"}) {
    const Outcome outcome = call({"check", "photos", "--out", out});
    EXPECT_EQ(outcome.code, 2) << out;
    EXPECT_THAT(outcome.err, HasSubstr("folder of the data")) << out;
  }
  EXPECT_EQ(call({"split", "photos", "--out", "link/split.json"}).code, 2);
  EXPECT_EQ(snapshot(data_), before);
}

TEST_F(Photos, SplitIsUsedByCheckTrainResumeAndEval) {
  const Outcome split = call({"split", "photos", "--val", ".25", "--test", ".25", "--group",
                              "/(set[0-9]+)_", "--seed", "3"});
  ASSERT_EQ(split.code, 0) << split.err;
  EXPECT_THAT(split.out, HasSubstr("train photos --split split.json"));
  EXPECT_THAT(split.err, HasSubstr("--group says nothing about 7 of 55 pictures"));
  const Json lists = Json::parse(read_text(folder_ / "split.json"));
  EXPECT_EQ(lists["train"].size() + lists["val"].size() + lists["test"].size(), 55u);

  EXPECT_EQ(Json::parse(call({"check", "photos", "--split", "split.json", "--json"}).out)["leaks"],
            0);

  const Outcome trained =
      call({"train", "photos", "--split", "split.json", "--model", "lenet5", "--image-size", "28",
            "--epochs", "1", "--batch", "8", "--out", "run", "--threads", "1"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Json used = Json::parse(read_text(folder_ / "run/data.json"))["lists"];
  for (const char* part : {"train", "val", "test"}) EXPECT_EQ(used[part], lists[part]) << part;

  const Json own = Json::parse(call({"eval", "run", "--json"}).out);
  EXPECT_EQ(own["part"], "test");
  EXPECT_EQ(Json::parse(call({"eval", "run", "./photos", "--json"}).out)["images"], own["images"]);
  EXPECT_EQ(call({"resume", "run", "--epochs", "2"}).code, 0);

  ASSERT_EQ(call({"split", "photos", "--val", ".25", "--test", ".25", "--seed", "4"}).code, 0);
  const Outcome changed = call({"resume", "run", "--epochs", "3"});
  EXPECT_NE(changed.code, 0);
  EXPECT_THAT(changed.err, HasSubstr("changed since the run began"));
}

TEST_F(Photos, SplitRefusesWhatCannotBe) {
  EXPECT_EQ(call({"split", "photos", "--val", "0.6", "--test", "0.5"}).code, 2);
  const Outcome group = call({"split", "photos", "--group", "(x"});
  EXPECT_EQ(group.code, 2);
  EXPECT_THAT(group.err, HasSubstr("--group"));
  write_text(folder_ / "bad.json", "{\"train\": [\"cat/nothing.png\"]}");
  const Outcome train = call({"train", "photos", "--split", "bad.json"});
  EXPECT_EQ(train.code, 3);
  EXPECT_THAT(train.err, HasSubstr("bad.json: does not name 55 pictures"));
  EXPECT_EQ(call({"train", "photos", "--split", "absent.json"}).code, 3);
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
}

}  // namespace
}  // namespace noyau::test
