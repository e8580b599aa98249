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

/// How likely the network holds the volume to be of class "back".
double back(const std::string& run_folder, const std::string& path) {
  const Json answer = Json::parse(run({"predict", run_folder, path, "--json"}).out);
  for (const Json& guess : answer["predictions"])
    if (guess["class"] == "back") return guess["probability"];
  return -1;
}

// One epoch: this network has 33 million weights to save, and need not learn anything here.
TEST_F(VolumeRun, ANetworkForVolumesTakesThem) {
  const std::string out = folder_ / "run";
  const Outcome trained = run({"train", folder_ / "data", "--model", "resnet3d_18", "--epochs", "1",
                               "--batch", "8", "--lr", "0.001", "--augment",
                               "flip,dflip,intensity,cutmix", "--out", out, "--threads", "2"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.out, HasSubstr("on 4x16x16x1"));
  EXPECT_EQ(Json::parse(run({"eval", out, "--json"}).out)["images"], 4);
  Random random(9);
  const std::string front = volume(true, random);
  write_text(folder_ / "front.npy", front);
  const std::size_t half = 2 * 256, header = front.size() - 2 * half;
  write_text(folder_ / "back.npy",
             front.substr(0, header) + front.substr(header + half) + front.substr(header, half));
  const double one = back(out, folder_ / "front.npy"), other = back(out, folder_ / "back.npy");
  EXPECT_GE(one, 0);
  EXPECT_NE(one, other);  // the order of the slices matters
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
