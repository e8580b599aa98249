#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"

namespace noyau::test {
namespace {

using Json = nlohmann::json;

TEST(Profile, RowsAreTheCallsOfTheStepAndAddUpToNoMoreThanIt) {
  const Outcome outcome =
      run({"profile", "lenet5", "--train", "--batch", "8", "--seconds", "0.01", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json profile = Json::parse(outcome.out);
  double begin = 0, gflop = 0;
  std::vector<std::string> ops;
  for (const Json& row : profile["rows"]) {
    EXPECT_GE(row["begin_ms"].get<double>(), begin) << row;  // in the order in which they ran
    begin = row["begin_ms"];
    gflop += row["gflop"].get<double>();
    ops.push_back(row["op"]);
  }
  EXPECT_THAT(ops, testing::IsSupersetOf({"feed", "conv", "conv_grad_weight", "max_pool",
                                          "softmax_cross_entropy", "gradient_norm", "optimizer"}));
  // LeNet-5: 281,640 multiply-adds a picture; the first layer needs no gradient of its input.
  const double macs = 281640, first = 24 * 24 * 25 * 6;
  EXPECT_NEAR(gflop, 8 * 2 * (3 * macs - first) / 1e9, 1e-9);
}

TEST(Profile, WritesTableCsvAndTraceEvents) {
  const Folder folder;
  const std::string csv = folder / "calls.csv", trace = folder / "step.json";
  const Outcome outcome = run({"profile", "lenet5", "--infer", "--batch", "2", "--seconds", "0.01",
                               "--rows", "1", "--csv", csv, "--trace", trace});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::HasSubstr("of step"));
  EXPECT_THAT(read_text(csv), testing::StartsWith("node,op,kernel,problem,begin_ms,ms,"));
  EXPECT_THAT(read_text(csv), testing::HasSubstr("\nconv1,conv,"));
  const Json events = Json::parse(read_text(trace))["traceEvents"];
  ASSERT_FALSE(events.empty());
  for (const Json& event : events) EXPECT_EQ(event["ph"], "X");
}

}  // namespace
}  // namespace noyau::test
