#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"

namespace noyau::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

TEST(SummaryVerb, PrintsATableWithTotals) {
  const Outcome outcome = run({"summary", "vgg16"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex(
                               "features.0 +conv +3x3 +1x224x224x64 +3 +1,728 +64 +86,704,128"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("classifier.0 +linear +1x4096 +all"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("total +138,344,128 +13,416"));
}

TEST(SummaryVerb, PrintsTheSameAsCsvAndJson) {
  const Outcome csv = run({"summary", "resnext50_32x4d", "--csv"});
  ASSERT_EQ(csv.code, 0) << csv.err;
  EXPECT_THAT(csv.out, testing::StartsWith(
                           "layer,op,kernel,output,receptive_field,parameters,biases,macs,"));
  EXPECT_THAT(csv.out, HasSubstr("layer2.0.conv2,grouped conv,3x3 s2 g32,1x28x28x256,"));
  const Json json = Json::parse(run({"summary", "resnext50_32x4d", "--json"}).out);
  EXPECT_EQ(json["parameters"], 25'028'904);
  EXPECT_EQ(json["layers"].back()["receptive_field"], nullptr);
  EXPECT_EQ(json["layers"][0]["receptive_field"], 7);
  EXPECT_EQ(json["layers"][0]["inputs"], Json({-1}));
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), json["layers"].size() + 1);
}

TEST(SummaryVerb, WritesPictureAndPageAndSaysSo) {
  const Folder folder;
  const Outcome outcome =
      run({"summary", "lenet5", "--svg", folder / "a.svg", "--html", folder / "a.html"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("wrote " + (folder / "a.svg")));
  EXPECT_THAT(outcome.err, HasSubstr("wrote " + (folder / "a.html")));
  EXPECT_THAT(read_text(folder / "a.svg"), testing::StartsWith("<svg"));
  EXPECT_THAT(read_text(folder / "a.html"), HasSubstr(read_text(folder / "a.svg")));
}

TEST(CompareVerb, PrintsARowPerNetworkAndWhyCountsDiffer) {
  const Outcome outcome = run({"compare", "vgg16", "mobilenetv1_050@160", "--counts"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex("vgg16 +1x224x224x3 +138,357,544"));
  EXPECT_THAT(outcome.out, HasSubstr("mobilenetv1_050        1x160x160x3"));
  EXPECT_THAT(outcome.out, HasSubstr("138 M, 15300 M"));
  EXPECT_THAT(outcome.out, HasSubstr("the convolutions alone take 15,347 M"));
  EXPECT_EQ(outcome.err, "");
}

TEST(CompareVerb, GivesOneObjectPerNetwork) {
  const Outcome outcome = run(
      {"compare", "lenet5", "cifar_resnet20", "--size", "32", "--batch", "2", "--train", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json rows = Json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["input"], Json({2, 32, 32, 1}));
  EXPECT_EQ(rows[1]["parameters"], 272'474);
  for (const Json& row : rows) {
    EXPECT_GT(row["ms_per_picture"].get<double>(), 0);
    EXPECT_GT(row["weight_bytes"].get<int>(), 4 * row["parameters"].get<int>() - 1);
    EXPECT_EQ(row["published"], nullptr);
  }
  const Json counts = Json::parse(run({"compare", "xception", "--counts", "--json"}).out);
  EXPECT_EQ(counts[0]["ms_per_picture"], nullptr);
  EXPECT_EQ(counts[0]["published"]["macs_m"], nullptr);
  const Outcome csv = run({"compare", "resnet50", "lenet5", "--counts", "--csv"});
  EXPECT_THAT(csv.out, HasSubstr("\nresnet50,1x224x224x3,25557032,4089184256,"));
  EXPECT_THAT(csv.out, HasSubstr(",25.5,4100\n"));
  EXPECT_THAT(csv.out, testing::EndsWith(",,\n"));
}

}  // namespace
}  // namespace noyau::test
