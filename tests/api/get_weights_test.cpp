// `noyau weights get` from a little server and from a folder, with a registry of its own.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/cli/environment.hpp"
#include "api/cli/program.hpp"
#include "api/network.hpp"
#include "api/weight_file.hpp"
#include "base/sha256.hpp"
#include "io/download/server.hpp"
#include "io/safetensors/writer.hpp"
#include "runtime/weights.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class GetWeights : public testing::Test {
 protected:
  GetWeights() {
    const api::NetworkSpec spec = api::spec_of(ModelOptions{.name = "lenet5", .classes = 3});
    const runtime::Weights weights(api::build_inference(spec, 1), 5);
    io::TensorList list;
    for (const std::string& name : weights.names()) list.emplace_back(name, &weights.at(name));
    io::write_safetensors(file(), list);
  }
  void SetUp() override {
    const Outcome probe = run({"weights", "get", "resnet18", "--mirror", folder_ / "none"});
    if (probe.err.find("built without downloads") != std::string::npos) GTEST_SKIP() << probe.err;
  }

  std::string file() const { return folder_ / "tiny.safetensors"; }
  /// A registry with those weights at an address.
  void offer(const std::string& url, const std::string& more = "") {
    write_text(folder_ / "registry.toml",
               fmt::format("[[weights]]\nname = \"tiny\"\nmodel = \"lenet5\"\nurl = \"{}\"\n"
                           "sha256 = \"{}\"\nlicence = \"CC0-1.0\"\nsource = \"a test\"\n"
                           "class_names = \"numbers\"\n{}",
                           url, sha256_of_file(file()), more));
  }
  std::string kept() const { return folder_ / "kept/tiny.safetensors"; }

  Folder folder_;
  Variable there_{"NOYAU_WEIGHTS", folder_ / "kept"};
  Variable registry_{"NOYAU_REGISTRY", folder_ / "registry.toml"};
  Variable none_{"NOYAU_MIRROR", ""};
};

TEST_F(GetWeights, FetchesChecksAndImports) {
  write_text(folder_ / "registry.toml", "");
  const Server server({.content = read_text(file()), .cuts = {5000}});
  offer(server.url("/tiny.safetensors"), "norm_eps = 0.5\n");
  const Outcome outcome = run({"weights", "get", "tiny", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json told = Json::parse(outcome.out);
  EXPECT_EQ(told["model"], "lenet5");
  EXPECT_EQ(told["classes"], 3);
  EXPECT_EQ(told["licence"], "CC0-1.0");
  EXPECT_EQ(told["source"], "a test");
  EXPECT_EQ(server.requests().size(), 2u);  // the second goes on where the first was cut
  EXPECT_EQ(api::card_of(api::WeightFile("tiny"), {}).conventions.norm_eps, 0.5);
  for (const auto& left : fs::directory_iterator(folder_ / "kept/downloads"))
    EXPECT_FALSE(left.path().string().ends_with(".part") || left.path().stem() == "tiny");
  const Json list = Json::parse(run({"weights", "list", "--json"}).out);
  EXPECT_EQ(list["offered"].back()["name"], "tiny");
  EXPECT_EQ(list["offered"].back()["here"], true);

  ASSERT_EQ(run({"weights", "get", "tiny"}).code, 0);  // nothing is fetched again
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(run({"weights", "get", "tiny", "--replace"}).code, 0);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(GetWeights, OtherBytesAreRemovedAndNothingIsImported) {
  std::string damaged = read_text(file());
  damaged.back() = char(damaged.back() ^ 1);
  const Server server({.content = damaged});
  offer(server.url("/tiny.safetensors"));
  const Outcome outcome = run({"weights", "get", "tiny"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("SHA-256"), HasSubstr(sha256_of_file(file()))));
  EXPECT_FALSE(fs::exists(kept()));
}

TEST_F(GetWeights, AMirrorTakesThePlaceOfTheAddress) {
  offer("https://nowhere.invalid/x/tiny.safetensors");
  EXPECT_EQ(run({"weights", "get", "tiny", "--mirror", folder_.path()}).code, 0);
  fs::remove(kept());
  const Variable mirror("NOYAU_MIRROR", "file://" + folder_.path());
  EXPECT_EQ(run({"weights", "get", "tiny"}).code, 0);
  fs::remove(kept());
  const Server server({.content = read_text(file())});
  EXPECT_EQ(run({"weights", "get", "tiny", "--mirror", server.url("")}).code, 0);
  EXPECT_EQ(server.requests().at(0), "/tiny.safetensors 0");
}

TEST_F(GetWeights, UnpacksTheMemberOfAnArchive) {
  const std::string zip = std::string(NOYAU_TEST_DATA) + "/zip/small.zip";
  write_text(folder_ / "registry.toml",
             fmt::format("[[weights]]\nname = \"t\"\nmodel = \"lenet5\"\nurl = \"file://{}\"\n"
                         "sha256 = \"{}\"\nlicence = \"x\"\nsource = \"y\"\nmember = \"{}\"\n",
                         zip, sha256_of_file(zip), "stored.txt"));
  // It is not a weight file, but that is told of the member.
  const Outcome outcome = run({"weights", "get", "t"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("downloads/stored.txt"));
}

TEST_F(GetWeights, WrongCallsAreExplained) {
  offer("http://127.0.0.1:9/tiny.safetensors");
  struct Call {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  for (const Call& call :
       std::vector<Call>{{{"weights", "get"}, 2, "NAME"},
                         {{"weights", "get", "tinny"}, 2, "did you mean tiny?"},
                         {{"weights", "get", "tiny"}, 4, "cannot be fetched"},
                         {{"weights", "get", "efficientnet_lite0"}, 4, "--mirror FOLDER"},
                         {{"predict", "tiny", "x.jpg"}, 4, "noyau weights get tiny brings them"}}) {
    const Outcome outcome = run(call.arguments);
    EXPECT_EQ(outcome.code, call.code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(call.message));
  }
  write_text(folder_ / "registry.toml", "[[weights]]\nnames = 3\n");
  EXPECT_THAT(run({"weights", "list"}).err, HasSubstr("registry.toml:2:"));
}

}  // namespace
}  // namespace noyau::test
