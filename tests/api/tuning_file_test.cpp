#include "api/tuning_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "noyau/error.hpp"

namespace noyau::api {
namespace {

/// A cache folder of its own while a test runs.
class Tuning : public ::testing::Test {
 protected:
  Tuning()
      : folder_(std::filesystem::temp_directory_path() /
                ("noyau-tuning-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
    ::setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
  }
  ~Tuning() override {
    ::unsetenv("XDG_CACHE_HOME");
    std::filesystem::remove_all(folder_);
  }
  TuningFile open() {
    return TuningFile({true, [this](const std::string& text) { warnings_.push_back(text); }}, 2);
  }

  std::filesystem::path folder_;
  std::vector<std::string> warnings_;
};

const plan::Tuning kTable = {{"conv/brgemm 1x4x4x8 -> 8, 1x1, f32", {2, {0.25, 0.5, 0.125}}},
                             {"conv/winograd \"odd\" name", {0, {1.5, 2}}}};

TEST_F(Tuning, IsKept) {
  TuningFile first = open();
  EXPECT_TRUE(first.table()->empty());
  *first.table() = kTable;
  first.save();
  EXPECT_EQ(*open().table(), kTable);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(Tuning, IsNotReadUnlessAskedFor) { EXPECT_EQ(TuningFile({}, 2).table(), nullptr); }

TEST_F(Tuning, BelongsToOneMachineAndBuild) {
  const std::string text = tuning_text(kTable, "a machine");
  EXPECT_EQ(parse_tuning(text, "a machine", "file"), kTable);
  EXPECT_TRUE(parse_tuning(text, "another", "file").empty());
  EXPECT_NE(tuning_path(1), tuning_path(2));
  EXPECT_NE(machine_key(1), machine_key(2));
}

TEST_F(Tuning, DamagedFilesAreToldAndReplaced) {
  TuningFile first = open();
  *first.table() = kTable;
  first.save();
  const std::string whole = tuning_text(kTable, machine_key(2));
  for (const std::string& text :
       {whole.substr(0, whole.size() / 2), std::string("[]"), std::string("\xff\0{", 3),
        std::string(R"({"machine": 1, "kernels": {}})"),
        R"({"machine": ")" + machine_key(2) +
            R"(", "kernels": {"a": {"variant": "x", "ms": []}}})"}) {
    std::ofstream(tuning_path(2), std::ios::binary) << text;
    warnings_.clear();
    TuningFile damaged = open();
    EXPECT_TRUE(damaged.table()->empty()) << text;
    EXPECT_EQ(warnings_.size(), 1u) << text;
    *damaged.table() = kTable;
    damaged.save();
    EXPECT_EQ(*open().table(), kTable);
  }
}

TEST_F(Tuning, WorksWithoutAFile) {
  std::ofstream(folder_ / "noyau") << "a file where the folder should be";
  TuningFile unwritable = open();
  *unwritable.table() = kTable;
  unwritable.save();
  EXPECT_EQ(warnings_.size(), 1u);
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ::unsetenv("HOME");
  EXPECT_EQ(tuning_path(2), "");
  TuningFile homeless = open();
  *homeless.table() = kTable;
  homeless.save();
  if (!home.empty()) ::setenv("HOME", home.c_str(), 1);
  EXPECT_EQ(warnings_.size(), 1u);
}

}  // namespace
}  // namespace noyau::api
