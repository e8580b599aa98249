#include <gtest/gtest.h>

#include "golden/files.hpp"
#include "golden/zoo_check.hpp"

namespace noyau::golden {
namespace {

class Zoo : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Golden, Zoo, testing::ValuesIn(golden_names("zoo")),
                         [](const auto& test) { return test.param; });

TEST_P(Zoo, AgreesInFloat) {
  for (const Numerics numerics : {Numerics::exact, Numerics::fast}) {
    const ZooReport report = check_zoo(read_golden("zoo", GetParam()), {.numerics = numerics});
    EXPECT_GT(report.gradients.count, 0);
    EXPECT_TRUE(report.good()) << to_string(numerics) << "\n" << zoo_header() << row(report);
  }
}

// On the reference kernels, where no switch falls to another side than in the file.
TEST(Zoo, SmallNetworkAgreesInDoubleToTheDigitsOfTheFile) {
  const ZooReport report =
      check_zoo(read_golden("zoo", "cifar_resnet20"), {.double_precision = true});
  EXPECT_TRUE(report.good()) << zoo_header() << row(report);
}

// A check that cannot fail would be worth nothing.
TEST(Zoo, NoticesAWrongNumber) {
  nlohmann::json golden = read_golden("zoo", "cifar_resnet20");
  golden["train"]["grads"]["layer2.0.conv1.weight"]["l2"] =
      1.001 * golden["train"]["grads"]["layer2.0.conv1.weight"]["l2"].get<double>();
  golden["parameters"][0][1][0] = 17;
  const ZooReport report = check_zoo(golden, {});
  EXPECT_EQ(report.gradients.at, "layer2.0.conv1.weight l2");
  EXPECT_FALSE(report.gradients.good());
  EXPECT_EQ(report.problems.size(), 1u);
  EXPECT_TRUE(report.loss.good());
}

}  // namespace
}  // namespace noyau::golden
