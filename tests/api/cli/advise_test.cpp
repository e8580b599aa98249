#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"

namespace noyau::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

TEST(AdviseCommand, SaysWhatToDoAndWhichLabelsToDoubt) {
  const Folder folder;
  const std::string data = folder / "squares", start = folder / "start";
  write_squares(data, 240, 60);
  ASSERT_EQ(run({"train", data, "--model", "lenet5", "--batch", "16", "--epochs", "1", "--lr",
                 "0.02", "--threads", "2", "--out", start})
                .code,
            0);
  // Another label for the first pictures, which begin at byte 8.
  const std::string labels = data + "/train-labels-idx1-ubyte";
  std::string bytes = read_text(labels);
  for (std::size_t i = 8; i < 28; ++i) bytes[i] = char((bytes[i] + 1) % 3);
  write_text(labels, bytes);
  const Outcome said = run({"advise", data, "--from", start});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("recommended: "));
  EXPECT_THAT(said.out, HasSubstr("of the labels are to doubt"));
  EXPECT_THAT(said.out, HasSubstr("more (--json)"));
  const Outcome listed = run({"advise", data, "--from", start, "--json"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  const Json json = Json::parse(listed.out);
  EXPECT_EQ(json["classes"], 3);
  EXPECT_EQ(json["plans"].size(), 4u);
  ASSERT_GE(json["suspicious"].size(), 10u);
  const Json& first = json["suspicious"][0];
  EXPECT_THAT(first["file"], HasSubstr("train picture"));
  EXPECT_NE(first["label"], first["looks_like"]);
  EXPECT_LT(first["probability_label"], first["probability_looks_like"]);
  EXPECT_THAT(said.out, HasSubstr(first["file"].get<std::string>() + ": labelled "));
}

}  // namespace
}  // namespace noyau::test
