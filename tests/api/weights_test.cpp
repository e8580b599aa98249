#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/cli/program.hpp"
#include "io/safetensors/reader.hpp"
#include "io/safetensors/writer.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"
#include "noyau/train.hpp"
#include "train/checkpoint.hpp"

namespace noyau::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

template <class Call>
std::string refusal(ErrorCode code, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "was accepted";
  return {};
}

/// A run of one epoch and its weights as a file, made once.
class Weights : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new Folder;
    write_squares(data(), 240, 60);
    trained_ = run({"train", data(), "--model", "lenet5", "--batch", "16", "--lr", "0.05",
                    "--epochs", "1", "--out", run_folder(), "--threads", "2"});
    exported_ = run({"weights", "export", run_folder(), "--out", file()});
  }
  static void TearDownTestSuite() { delete folder_; }
  void SetUp() override {
    ASSERT_EQ(trained_.code, 0) << trained_.err;
    ASSERT_EQ(exported_.code, 0) << exported_.err;
  }

  static std::string data() { return *folder_ / "squares"; }
  static std::string run_folder() { return *folder_ / "run"; }
  static std::string file() { return *folder_ / "best.safetensors"; }
  static std::string pictures() { return data() + "/t10k-images-idx3-ubyte"; }

  /// The exported file again, without the card, with every name through `rename`, and `more`.
  static std::string foreign_file(const std::string& name, const io::TensorList& more = {},
                                  const std::string& dropped = "none") {
    const io::SafetensorsReader reader(file());
    std::vector<Tensor> tensors;
    tensors.reserve(reader.header().tensors.size());
    io::TensorList list = more;
    for (const io::StoredTensor& stored : reader.header().tensors) {
      if (stored.name == dropped) continue;
      tensors.push_back(reader.read(stored));
      list.emplace_back(stored.name, &tensors.back());
    }
    io::write_safetensors(*folder_ / name, list);
    return *folder_ / name;
  }

  static std::vector<Image> some_pictures() {
    const Dataset dataset = Dataset::open_unlabelled(pictures(), 1);
    std::vector<Image> images;
    for (const Sample& sample : dataset.samples(Split::test))
      images.push_back(dataset.load(sample));
    return images;
  }

  static Folder* folder_;
  static Outcome trained_, exported_;
};
Folder* Weights::folder_ = nullptr;
Outcome Weights::trained_;
Outcome Weights::exported_;

void expect_same_guesses(Model& a, Model& b, const std::vector<Image>& images) {
  const auto left = a.predict(images), right = b.predict(images);
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i)
    for (std::size_t k = 0; k < left[i].size(); ++k) {
      ASSERT_EQ(left[i][k].class_id, right[i][k].class_id);
      ASSERT_EQ(left[i][k].probability, right[i][k].probability);
    }
}

TEST_F(Weights, PredictTheSameBitsAfterSavingAndLoading) {
  Model trained = Model::load(run_folder(), 2);
  Model loaded = Model::load(file(), 2);
  EXPECT_EQ(loaded.name(), "lenet5");
  EXPECT_EQ(loaded.classes(), trained.classes());
  EXPECT_EQ(loaded.input(), trained.input());
  EXPECT_TRUE(loaded.match().complete());
  expect_same_guesses(trained, loaded, some_pictures());
}

TEST_F(Weights, PredictWithTheNumericsAskedFor) {
  const auto probabilities = [&](const char* numerics) {
    const Outcome answer =
        run({"predict", run_folder(), pictures(), "--numerics", numerics, "--top", "1", "--csv"});
    EXPECT_TRUE(answer.code == 0 || answer.err.find("this processor has no") != std::string::npos)
        << answer.err;
    return answer.out;
  };
  const std::string fast = probabilities("fast");
  for (const char* numerics : {"bf16", "int8"}) {
    const std::string rounded = probabilities(numerics);
    if (rounded.empty()) continue;  // not on this processor
    EXPECT_NE(rounded, fast) << numerics;
    EXPECT_EQ(std::ranges::count(rounded, '\n'), std::ranges::count(fast, '\n')) << numerics;
  }
  const double loss = Json::parse(run({"eval", run_folder(), "--json"}).out)["loss"];
  const Outcome eval = run({"eval", run_folder(), "--numerics", "int8", "--json"});
  if (eval.code == 0) {
    EXPECT_NEAR(double(Json::parse(eval.out)["loss"]), loss, 0.05);
  }
}

TEST_F(Weights, NeedNoFlagsWhereNoyauWroteThem) {
  const Outcome from_run = run({"eval", run_folder(), data(), "--json"});
  const Outcome from_file = run({"eval", file(), data(), "--json"});
  ASSERT_EQ(from_file.code, 0) << from_file.err;
  EXPECT_EQ(Json::parse(from_file.out)["loss"], Json::parse(from_run.out)["loss"]);
  EXPECT_EQ(run({"predict", file(), pictures()}).out,
            run({"predict", run_folder(), pictures()}).out);
}

TEST_F(Weights, OfOtherProgramsAreToldApartByTheirTensorsAndGetNumberedClasses) {
  const std::string foreign = foreign_file("foreign.safetensors");
  EXPECT_EQ(Model::load(foreign, 1).name(), "lenet5");
  ModelOptions options;
  options.name = "lenet5";
  options.classes = 3;
  Model model = Model::from_weights(options, foreign, {}, 1);
  EXPECT_EQ(model.classes(), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(model.predict(some_pictures()).size(), 60u);

  const Outcome outcome =
      run({"eval", foreign, data(), "--model", "lenet5", "--classes", "3", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)["images"], 60);
  EXPECT_EQ(run({"predict", foreign, pictures()}).out,
            run({"predict", foreign, pictures(), "--model", "lenet5"}).out);
  Tensor tensor(Shape{3});
  const Outcome unknown =
      run({"predict", foreign_file("more.safetensors", {{"extra", &tensor}}), pictures()});
  EXPECT_EQ(unknown.code, 4);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("does not say which network"),
                                 HasSubstr("nearest: lenet5, of which 8 tensors")));
}

TEST_F(Weights, RefuseTheWrongModelWithNamesAndShapes) {
  ModelOptions options;
  options.name = "lenet5";
  options.classes = 7;
  EXPECT_THAT(refusal(ErrorCode::shape_mismatch, [&] { Model::from_weights(options, file()); }),
              AllOf(HasSubstr("best.safetensors"), HasSubstr("of another shape"),
                    HasSubstr("weight 3x84, not 7x84")));
  options = {};
  options.name = "cifar_resnet20";
  EXPECT_THAT(refusal(ErrorCode::shape_mismatch, [&] { Model::from_weights(options, file()); }),
              AllOf(HasSubstr("missing: "), HasSubstr("unexpected: "), HasSubstr("more")));
}

TEST_F(Weights, NotFiniteAreRefusedUnlessAllowed) {
  Tensor bias(Shape{3});
  bias.as<float>()[1] = std::numeric_limits<float>::quiet_NaN();
  const io::SafetensorsReader reader(file());
  const std::string last = reader.header().tensors.back().name;
  ASSERT_EQ(reader.header().tensors.back().shape, std::vector<std::int64_t>{3});
  const std::string broken = foreign_file("nan.safetensors", {{last, &bias}}, last);
  ModelOptions options;
  options.name = "lenet5";
  options.classes = 3;
  EXPECT_THAT(refusal(ErrorCode::corrupt_file, [&] { Model::from_weights(options, broken); }),
              AllOf(HasSubstr(last), HasSubstr("1 of 3 numbers are NaN")));
  EXPECT_NO_THROW(Model::from_weights(options, broken, {.allow_not_finite = true}));
}

TEST_F(Weights, CardsWithImpossibleNumbersAreRefused) {
  for (const char* change :
       {R"({"height":0})", R"({"width":1000000000})", R"({"channels":9})", R"({"crop_fraction":0})",
        R"({"classes":[]})", R"({"mean":"x"})", R"({"deviation":[0]})"}) {
    const io::SafetensorsReader reader(file());
    Json card = Json::parse(reader.header().metadata.at("model_card"));
    card.update(Json::parse(change));
    const Tensor tensor(Shape{1});
    const std::string path = *folder_ / "card.safetensors";
    io::write_safetensors(path, {{"a", &tensor}}, {{"model_card", card.dump()}});
    EXPECT_THAT(refusal(ErrorCode::corrupt_file, [&] { Model::load(path); }),
                HasSubstr("model card"))
        << change;
  }
}

TEST_F(Weights, StartARunWhoseNewHeadStartsAtZero) {
  // A second set with ten classes: the head does not fit, everything else does.
  ModelOptions options;
  options.name = "lenet5";
  options.classes = 10;
  Model wider = Model::from_weights(options, file(), {.ignore_mismatched = true}, 1);
  ASSERT_EQ(wider.match().misshapen.size(), 2u);
  const std::string start = *folder_ / "wider.safetensors";
  wider.save_weights(start);

  const auto call = [&](const std::string& out, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"train", data(),    "--model", "lenet5", "--epochs",
                                       "1",     "--batch", "16",      "--lr",   "0",
                                       "--out", out,       "--from",  start};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  };
  const Outcome outcome = call(*folder_ / "tuned", {});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("8 tensors fit"), HasSubstr("2 of another shape"),
                                 HasSubstr("10x84, not 3x84")));
  fs::remove(start);  // a run that goes on has its own weights
  EXPECT_EQ(run({"resume", *folder_ / "tuned", "--epochs", "2"}).code, 0);

  // With a learning rate of 0 the run ends with what it started from.
  const training::Checkpoint tuned =
      training::load_checkpoint(*folder_ / "tuned/weights/last.noyau");
  const training::Checkpoint first =
      training::load_checkpoint(run_folder() + "/weights/best.noyau");
  for (std::size_t i = 0; i < first.weights.size(); ++i) {
    const auto& [name, tensor] = first.weights[i];
    const bool same = std::memcmp(tensor.raw(), tuned.weights[i].second.raw(), tensor.bytes()) == 0;
    const bool head = i + 2 >= first.weights.size();
    EXPECT_EQ(same, !head) << name;
    if (!head) continue;
    for (const float number : tuned.weights[i].second.as<float>()) EXPECT_EQ(number, 0) << name;
  }
}

TEST_F(Weights, StartARunFromAnotherRun) {
  const Outcome outcome =
      run({"train", data(), "--model", "lenet5", "--epochs", "1", "--batch", "16", "--lr", "0",
           "--out", *folder_ / "again", "--from", run_folder(), "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json start = Json::parse(outcome.out.substr(0, outcome.out.find('\n')));
  EXPECT_EQ(start["match"]["fits"], true);
  EXPECT_EQ(start["match"]["matching"].size(), 10u);
  const Json before = Json::parse(run({"eval", run_folder(), data(), "--json"}).out);
  const Json after = Json::parse(run({"eval", *folder_ / "again", data(), "--json"}).out);
  EXPECT_EQ(before["loss"], after["loss"]);
}

TEST_F(Weights, AreListedAndCompared) {
  const Outcome table = run({"weights", "show", file()});
  EXPECT_THAT(table.out, testing::ContainsRegex("conv1.weight +F32 +6x1x5x5"));
  EXPECT_THAT(table.out, HasSubstr("lenet5, 3 classes"));
  const Json list = Json::parse(run({"weights", "show", file(), "--json"}).out);
  EXPECT_EQ(list["tensors"].size(), 10u);
  EXPECT_EQ(list["model"], "lenet5");

  const Outcome fits = run({"weights", "match", file()});
  EXPECT_EQ(fits.code, 0);
  EXPECT_THAT(fits.out, HasSubstr("best.safetensors: fits"));
  const Outcome other = run({"weights", "match", file(), "--model", "lenet5", "--classes", "5"});
  EXPECT_EQ(other.code, 4);
  EXPECT_THAT(other.out, AllOf(HasSubstr("does not fit"), HasSubstr("3x84, not 5x84")));
  const Json json = Json::parse(run({"weights", "match", file(), "--classes", "5", "--json"}).out);
  EXPECT_EQ(json["misshapen"][0]["found"], (std::vector<int>{3, 84}));
}

TEST_F(Weights, WrongCallsAreExplained) {
  const std::string cut = *folder_ / "cut.safetensors";
  write_text(cut, read_text(file()).substr(0, 1000));
  const std::string none = *folder_ / "none.safetensors";
  struct Call {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  for (const Call& call : std::vector<Call>{
           {{"weights"}, 2, "one of show, export, match"},
           {{"weights", "shwo", file()}, 2, "did you mean show"},
           {{"weights", "show"}, 2, "FILE"},
           {{"weights", "show", none}, 4, "cannot be read"},
           {{"weights", "show", cut}, 4, "cut.safetensors"},
           {{"weights", "export", run_folder()}, 2, "ends with .safetensors"},
           {{"weights", "export", run_folder(), "--out", *folder_ / "no/w.safetensors"},
            5,
            "cannot create"},
           {{"weights", "match", file(), "--model", "lenet"}, 2, "did you mean lenet5"},
           {{"predict", file(), pictures(), "--model", "lenet"}, 2, "did you mean lenet5"},
           {{"train", data(), "--from", none}, 4, "cannot be read"},
           {{"train", data(), "--from", cut}, 4, "cut.safetensors"}}) {
    const Outcome outcome = run(call.arguments);
    EXPECT_EQ(outcome.code, call.code) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(call.message));
  }
  EXPECT_EQ(run({"weights", "--help"}).code, 0);
  EXPECT_THAT(run({"weights", "match", "--help"}).out, HasSubstr("examples:"));
}

}  // namespace
}  // namespace noyau::test
