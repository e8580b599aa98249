// Volumes from NPY files, from training to predictions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"
#include "base/random.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

/// 4 slices of 16x16 with noise; bright in the front half or in the back half.
std::string volume(bool front, Random& random) {
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 16, 16), }";
  header.resize(117, ' ');
  header += '\n';
  std::string file = std::string("\x93NUMPY\x01\x00", 8) + char(header.size()) + char(0) + header;
  for (int z = 0; z < 4; ++z)
    for (int i = 0; i < 256; ++i)
      file += char((z < 2) == front ? 150 + random.below(100) : random.below(100));
  return file;
}

class VolumeRun : public testing::Test {
 protected:
  void SetUp() override {
    Random random(1);
    for (int i = 0; i < 40; ++i) {
      const std::string name = i % 2 == 0 ? "front" : "back";
      fs::create_directories(folder_ / ("data/" + name));
      write_text(folder_ / ("data/" + name + "/" + std::to_string(i) + ".npy"),
                 volume(i % 2 == 0, random));
    }
  }
  Folder folder_;
};

TEST_F(VolumeRun, ANetworkForVolumesLearnsThem) {
  const std::string out = folder_ / "run";
  const Outcome trained =
      run({"train", folder_ / "data", "--model", "resnet3d_18", "--epochs", "4", "--batch", "8",
           "--lr", "0.01", "--augment", "flip,vflip,intensity", "--out", out, "--threads", "2"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.out, HasSubstr("on 4x16x16x1"));
  const Json measured = Json::parse(run({"eval", out, "--json"}).out);
  EXPECT_GE(double(measured["top1"]), 0.75);
  Random random(9);
  write_text(folder_ / "new.npy", volume(false, random));
  const Json predicted = Json::parse(run({"predict", out, folder_ / "new.npy", "--json"}).out);
  EXPECT_EQ(predicted["predictions"][0]["class"], "back");
}

TEST_F(VolumeRun, ANetworkForPicturesRefusesThem) {
  const Outcome outcome =
      run({"train", folder_ / "data", "--model", "cifar_resnet20", "--out", folder_ / "none"});
  EXPECT_NE(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("volumes of 4 slices"));
  EXPECT_THAT(outcome.err, HasSubstr("resnet3d_18"));
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

}  // namespace
}  // namespace noyau::test
