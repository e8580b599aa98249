#include "api/advice_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/cli/program.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

using testing::HasSubstr;

class AdviceFileTest : public testing::Test {
 protected:
  std::string file() const { return folder_ / "advice.json"; }
  void write(const std::string& text) const { test::write_text(file(), text); }
  Dataset data() const {
    test::write_squares(folder_ / "squares", 24, 6);
    return Dataset::open(folder_ / "squares");
  }
  std::string error() const {
    try {
      read_advice_file(file(), data());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
      return error.what();
    }
    return "accepted";
  }

  test::Folder folder_;
};

Advice some_advice() {
  Advice advice;
  advice.plans = {{.name = "all stages", .freeze = "none", .head = "last", .recipe = "fine-tune"}};
  advice.reasons = {"much data"};
  advice.suspicious = {{2, "a.png", 0, 1, 0.25f, 0.75f}};
  return advice;
}

TEST_F(AdviceFileTest, KeepsWhatWasTakenAndTheLabelsToDoubt) {
  write(advice_file_text(some_advice()));
  const AdviceFile read = read_advice_file(file(), data());
  EXPECT_EQ(read.taken.title, "all stages");
  EXPECT_EQ(read.taken.reasons, (std::vector<std::string>{"much data"}));
  ASSERT_EQ(read.suspicious.size(), 1u);
  EXPECT_EQ(read.suspicious[0].sample, 2);
  EXPECT_EQ(read.suspicious[0].source, "a.png");
  EXPECT_EQ(read.suspicious[0].suggested, 1);
  EXPECT_EQ(read.suspicious[0].probability_suggested, 0.75f);
}

TEST_F(AdviceFileTest, IsEmptyWhereThereIsNone) {
  const AdviceFile read = read_advice_file(file(), data());
  EXPECT_TRUE(read.taken.title.empty());
  EXPECT_TRUE(read.suspicious.empty());
}

TEST_F(AdviceFileTest, RefusesWhatDoesNotFitTheData) {
  Advice advice = some_advice();
  advice.suspicious[0].sample = 24;
  write(advice_file_text(advice));
  EXPECT_THAT(error(), HasSubstr("sample 24"));
  advice = some_advice();
  advice.suspicious[0].suggested = 3;
  write(advice_file_text(advice));
  EXPECT_THAT(error(), HasSubstr("class 3"));
  write("{\"title\": 1");
  EXPECT_THAT(error(), HasSubstr("advice.json"));
}

}  // namespace
}  // namespace noyau::api
