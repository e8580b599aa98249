#include "api/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "noyau/error.hpp"
#include "noyau/model.hpp"

namespace noyau::api {
namespace {

using testing::HasSubstr;

const std::string kSum(64, 'a');

std::string entry(const std::string& more, const std::string& sum = kSum) {
  return "[[weights]]\nname = \"a\"\nmodel = \"lenet5\"\nlicence = \"MIT\"\nsource = "
         "\"me\"\nsha256 "
         "= \"" +
         sum + "\"\n" + more;
}

std::string refusal(const std::string& text) {
  try {
    parse_registry(text, "r.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "nothing";
}

TEST(Registry, OfTheBuildNamesNetworksOfTheZoo) {
  std::set<std::string> names;
  for (const RegistryEntry& entry : read_registry()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_NO_THROW(zoo_model(entry.model));
    EXPECT_TRUE(entry.url.starts_with("https://") || !entry.package.empty()) << entry.name;
    // torchvision's names end with the first digits of the SHA-256.
    if (entry.url.find("/models/") != std::string::npos) {
      EXPECT_THAT(entry.file, HasSubstr("-" + entry.sha256.substr(0, 8) + ".pth"));
    }
  }
  EXPECT_TRUE(names.contains("efficientnet_lite0"));
}

TEST(Registry, ReadsWhatWeightsWereTrainedWith) {
  const RegistryEntry read =
      parse_registry(entry("url = \"https://x/y/w.pth\"\nbytes = 12\npadding = \"same\"\nnorm_eps "
                           "= 1e-3\nmean = [0.5]\nstd = [1]\ninterpolation = \"bicubic\"\n"
                           "crop_fraction = 0.9\nclass_names = \"numbers\"\n"),
                     "r.toml")
          .at(0);
  EXPECT_EQ(read.file, "w.pth");
  EXPECT_EQ(read.bytes, 12);
  EXPECT_EQ(read.trained_with.same_padding, true);
  EXPECT_EQ(read.trained_with.norm_eps, 1e-3);
  EXPECT_EQ(read.trained_with.deviation, std::vector<double>{1});
  EXPECT_EQ(read.trained_with.interpolation, Interpolation::bicubic);
  EXPECT_EQ(read.trained_with.crop_fraction, 0.9);
  EXPECT_EQ(read.class_names, "numbers");
}

TEST(Registry, RefusesWithLineAndColumn) {
  const std::string url = "url = \"https://x/w.pth\"\n";
  EXPECT_THAT(refusal(entry(url + "size = 3\n")), HasSubstr("r.toml:8:"));
  EXPECT_THAT(refusal(entry("")), HasSubstr("no file"));
  EXPECT_THAT(refusal(entry("url = \"https://x/\"\n")), HasSubstr("file name"));
  EXPECT_THAT(refusal(entry(url, "abc")), HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(refusal(entry(url + "padding = \"half\"\n")), HasSubstr("same or symmetric"));
  EXPECT_THAT(refusal(entry(url + "mean = \"x\"\n")), HasSubstr("a list of numbers"));
  EXPECT_THAT(refusal(entry(url + "norm_eps = 3\n")), HasSubstr("a number from"));
  EXPECT_THAT(refusal("weights = 3\n"), HasSubstr("[[weights]]"));
  EXPECT_THAT(refusal("[[weight]]\n"), HasSubstr("weights"));
  EXPECT_THAT(refusal("[[weights]]\n"), HasSubstr("no name"));
}

}  // namespace
}  // namespace noyau::api
