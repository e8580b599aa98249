// Published weights: their names, their preprocessing and their logits.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/cli/environment.hpp"
#include "api/cli/program.hpp"
#include "api/member.hpp"
#include "golden/files.hpp"
#include "io/naming/naming.hpp"
#include "io/safetensors/writer.hpp"
#include "noyau/error.hpp"
#include "noyau/weight_store.hpp"
#include "runtime/inference.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

std::string photo() { return golden::golden_folder("preprocess") + "/flower.jpg"; }

std::vector<float> logits_of(api::Member& member, const Image& image, ThreadPool& pool) {
  runtime::Inference inference(api::build_inference(member.spec, 1), member.weights, pool);
  normalise(fit(image, member.card.input), member.card.normalisation,
            inference.session().input<float>("x"));
  inference.session().run();
  const std::span<const float> logits = inference.session().output<float>("logits");
  return {logits.begin(), logits.end()};
}

/// EfficientNet-Lite0 with weights drawn from a seed, in a file with the names of the port.
class Port : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    const api::NetworkSpec spec = api::spec_of(ModelOptions{.name = "efficientnet_lite0"});
    const runtime::Weights weights(api::build_inference(spec, 1), 5);
    const std::vector<std::string> names = io::efficientnet_port_names(weights.names());
    io::TensorList list;
    for (std::size_t i = 0; i < names.size(); ++i)
      list.emplace_back(names[i], &weights.at(weights.names()[i]));
    io::write_safetensors(file(), list);
    const Variable there("NOYAU_WEIGHTS", *folder_ / "kept");
    imported_ = run({"weights", "import", file(), "--licence", "Apache-2.0", "--json"});
  }
  static void TearDownTestSuite() { delete folder_; }
  void SetUp() override { ASSERT_EQ(imported_.code, 0) << imported_.err; }

  static std::string file() { return *folder_ / "port.safetensors"; }

  Variable weights_{"NOYAU_WEIGHTS", *folder_ / "kept"};
  static Folder* folder_;
  static Outcome imported_;
};
Folder* Port::folder_ = nullptr;
Outcome Port::imported_;

TEST_F(Port, IsImportedWithoutAFlag) {
  const Json told = Json::parse(imported_.out);
  EXPECT_EQ(told["name"], "efficientnet_lite0");
  EXPECT_EQ(told["model"], "efficientnet_lite0");
  EXPECT_EQ(told["classes"], 1000);
  EXPECT_EQ(told["licence"], "Apache-2.0");
  EXPECT_EQ(told["source"], "port.safetensors");
  EXPECT_EQ(told["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(resolve_weights("efficientnet_lite0"), told["path"]);
}

TEST_F(Port, KeepsWhatTheWeightsWereTrainedWith) {
  const api::WeightFile kept("efficientnet_lite0");
  const api::ModelCard card = api::card_of(kept, {});
  EXPECT_TRUE(card.conventions.same_padding);
  EXPECT_EQ(card.conventions.norm_eps, 1e-3);
  EXPECT_EQ(card.input.interpolation, Interpolation::bicubic);
  EXPECT_EQ(card.input.crop_fraction, 0.875);
  EXPECT_EQ(card.normalisation.mean, std::vector<float>(3, 127.0f / 255));
  EXPECT_EQ(card.normalisation.deviation, std::vector<float>(3, 128.0f / 255));
  EXPECT_TRUE(card.named);
  EXPECT_EQ(card.classes[985], "daisy");
}

TEST_F(Port, AnswersAsTheFileItCameFrom) {
  const Outcome kept = run({"predict", "efficientnet_lite0", photo(), "--json"});
  const Outcome direct = run({"predict", file(), photo(), "--json"});
  ASSERT_EQ(kept.code, 0) << kept.err;
  ASSERT_EQ(direct.code, 0) << direct.err;
  const Json a = Json::parse(kept.out)["predictions"], b = Json::parse(direct.out)["predictions"];
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i]["probability"], b[i]["probability"]);
}

TEST_F(Port, IsListedShownAndMatchedByName) {
  const Json list = Json::parse(run({"weights", "list", "--json"}).out);
  ASSERT_EQ(list["weights"].size(), 1u);
  EXPECT_EQ(list["weights"][0]["name"], "efficientnet_lite0");
  EXPECT_THAT(run({"weights", "list"}).out,
              AllOf(HasSubstr("efficientnet_lite0"), HasSubstr("Apache-2.0")));
  EXPECT_THAT(run({"weights", "show", "efficientnet_lite0"}).out, HasSubstr("1000 classes"));
  EXPECT_EQ(run({"weights", "match", "efficientnet_lite0"}).code, 0);
  EXPECT_THAT(run({"weights", "match", file(), "--model", "efficientnet_lite0"}).out,
              HasSubstr("names of efficientnet_lite_pytorch"));
}

TEST_F(Port, NamesAreNotTakenTwice) {
  // The same weights again.
  EXPECT_EQ(run({"weights", "import", file(), "--licence", "Apache-2.0"}).code, 0);
  const std::string other = *folder_ / "other.safetensors";
  ASSERT_EQ(run({"weights", "export", "efficientnet_lite0", "--out", other}).code, 0);
  const Outcome kept = run({"weights", "import", other, "--name", "second", "--json"});
  EXPECT_EQ(Json::parse(kept.out)["licence"], "Apache-2.0");  // the origin travels
  const std::string again = *folder_ / "again.pth";
  write_text(again, "not weights");
  EXPECT_EQ(run({"weights", "import", again, "--name", "second"}).code, 4);
  ASSERT_EQ(run({"weights", "import", file(), "--name", "third", "--class-names", "numbers",
                 "--padding", "symmetric"})
                .code,
            0);
  EXPECT_FALSE(api::card_of(api::WeightFile("third"), {}).conventions.same_padding);
  ASSERT_EQ(run({"weights", "export", "third", "--out", other}).code, 0);
  const Json third = Json::parse(run({"weights", "list", "--json"}).out)["weights"][2];
  EXPECT_EQ(third["name"], "third");
  EXPECT_EQ(third["sha256"], Json::parse(kept.out)["sha256"]);
  for (const char* name : {"second", "third"}) fs::remove(resolve_weights(name));
}

TEST_F(Port, WrongCallsAreExplained) {
  struct Call {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::string names = *folder_ / "names.txt";
  write_text(names, "a\nb\n");
  for (const Call& call : std::vector<Call>{
           {{"predict", "efficientnet_lite", photo()}, 4, "did you mean efficientnet_lite0?"},
           {{"weights", "import", file(), "--model", "resnet18"}, 4, "does not fit the network"},
           {{"weights", "import", file(), "--name", "../x"}, 2, "letters, digits"},
           {{"weights", "import", file(), "--mean", "0.5"}, 2, "both"},
           {{"weights", "import", file(), "--mean", "0.5", "--std", "0.5"}, 2, "each of 3"},
           {{"weights", "import", file(), "--mean", "0.5,,1", "--std", "1,1,1"}, 2, "commas"},
           {{"weights", "import", file(), "--padding", "some"}, 2, "one of same, symmetric"},
           {{"weights", "import", file(), "--interpolation", "nearest"}, 2, "bilinear, bicubic"},
           {{"weights", "import", file(), "--class-names", names}, 2, "one for each of the 1000"},
           {{"weights", "import", photo()}, 4, "flower.jpg"}}) {
    const Outcome outcome = run(call.arguments);
    EXPECT_EQ(outcome.code, call.code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(call.message));
  }
}

TEST(FindNetwork, TellsTheHeadFromTheNetwork) {
  const Folder folder;
  const api::NetworkSpec spec = api::spec_of(ModelOptions{.name = "squeezenet1_1", .classes = 37});
  const runtime::Weights weights(api::build_inference(spec, 1), 5);
  io::TensorList list;
  for (const std::string& name : weights.names()) list.emplace_back(name, &weights.at(name));
  io::write_safetensors(folder / "w.safetensors", list);
  const api::WeightFile file(folder / "w.safetensors");
  EXPECT_EQ(api::find_network(file), "squeezenet1_1");
  const api::ModelCard card = api::card_of(file, {});
  EXPECT_EQ(card.classes.size(), 37u);
  EXPECT_EQ(card.normalisation.mean[0], 0.485f);
}

// With the real weights, which are not part of the repository.
TEST(Pretrained, GivesTheLogitsOfTheReference) {
  const char* script = "tools/fetch_sample_weights.sh brings them";
  std::error_code ignored;
  const std::string path = weights_folder() + "/efficientnet_lite0.safetensors";
  if (!fs::exists(path, ignored)) GTEST_SKIP() << "no " << path << "; " << script;
  const auto golden = golden::read_golden("pretrained", "flower");
  const api::WeightFile file(path);
  const api::ModelCard card = api::card_of(file, {});
  if (card.origin.sha256 != golden["weights"]["sha256"])
    GTEST_SKIP() << path << " holds other weights; " << script;
  ThreadPool pool(2);
  api::Member member(file, card, {}, {}, pool);
  const Image image = load_image(photo(), 3);
  const auto expect_logits = [&](const Json& want) {
    const std::vector<float> logits = logits_of(member, image, pool);
    for (std::size_t i = 0; i < logits.size(); ++i)
      ASSERT_NEAR(double(logits[i]), want["logits"][i].get<double>(), 1e-3) << i;
    std::vector<std::size_t> order(logits.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return logits[i]; });
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(order[i], want["top5"][i][0].get<std::size_t>());
      EXPECT_EQ(card.classes[order[i]], want["top5"][i][1].get<std::string>());
    }
  };
  expect_logits(golden["half"]);
  member.card.normalisation = {
      NormalisationKind::mean_std, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
  expect_logits(golden["imagenet"]);
}

}  // namespace
}  // namespace noyau::test
