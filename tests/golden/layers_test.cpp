#include <gtest/gtest.h>

#include "golden/files.hpp"
#include "golden/layer_check.hpp"

namespace noyau::golden {
namespace {

class Layers : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Golden, Layers, testing::ValuesIn(golden_names("layers")),
                         [](const auto& test) { return test.param; });

TEST_P(Layers, AgreeForwardAndBackward) {
  const LayerReport report = check_layers(read_golden("layers", GetParam()));
  EXPECT_GT(report.cases, 0);
  EXPECT_TRUE(report.good()) << layer_header() << row(report);
}

}  // namespace
}  // namespace noyau::golden
