#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "api/cli/program.hpp"

namespace noyau::test {
namespace {

struct WrongCall {
  std::vector<std::string> arguments;
  int code;
  std::string message;  ///< regular expression found in standard error
};

/// Files that the table's calls name; made once.
const Folder& files() {
  static const Folder folder;
  static const bool made = [] {
    write_squares(folder / "squares", 30, 6);
    write_text(folder / "file", "text");
    write_text(folder / "broken.noyau", "NOYAUCK\nnot a checkpoint");
    write_text(folder / "unknown.toml", "epochs = 2\nepoch = 3\n");
    write_text(folder / "twice.toml", "epochs = 2\nepochs = 3\n");
    write_text(folder / "type.toml", "epochs = \"two\"\n");
    write_text(folder / "range.toml", "lr = -1.0\n");
    write_text(folder / "deep.toml", "a = " + std::string(100000, '['));
    std::filesystem::create_directories(folder / "empty");
    std::filesystem::create_directories(folder / "full/something");
    return true;
  }();
  static_cast<void>(made);
  return folder;
}

std::vector<WrongCall> calls() {
  const Folder& f = files();
  const std::string data = f / "squares";
  return {
      {{"trian"}, 2, "trian: unknown verb; did you mean train\\?"},
      {{"--verison"}, 2, "unknown flag"},
      {{"train", data, "--epoch", "3"}, 2, "--epoch: unknown flag; did you mean --epochs\\?"},
      {{"train", data, "--model", "lenet"}, 2, "unknown model.*did you mean lenet5"},
      {{"train", data, "--lr", "nan"}, 2, "--lr: \"nan\"; expected a number from 0 to 1000"},
      {{"train", data, "--lr", "inf"}, 2, "--lr: \"inf\""},
      {{"train", data, "--lr", "-1"}, 2, "--lr: \"-1\""},
      {{"train", data, "--lr", "1e999"}, 2, "--lr: \"1e999\""},
      {{"train", data, "--lr", "0x"}, 2, "--lr: \"0x\""},
      {{"train", data, "--lr", "1,5"}, 2, "--lr: \"1,5\""},
      {{"train", data, "--epochs", "99999999999999999999"}, 2, "--epochs: .*whole number"},
      {{"train", data, "--epochs", "0"}, 2, "--epochs"},
      {{"train", data, "--threads", "-1"}, 2, "--threads"},
      {{"train", data, "--threads", "100000"}, 2, "--threads: .*from 0 to 1024"},
      {{"train", data, "--numerics", "int8"}, 2, "expected one of exact, fast, bf16"},
      {{"train", data, "--schedule", "cosin"}, 2, "--schedule.*did you mean cosine"},
      {{"train", data, "--optimizer", "adm"}, 2, "--optimizer.*did you mean adam"},
      {{"train", data, "--optimizer", "adam", "--nesterov"},
       2,
       "--nesterov: given with --optimizer adam; expected --optimizer sgd, lars"},
      {{"train", data, "--beta1", "0.5"}, 2, "--beta1: given with --optimizer sgd"},
      {{"train", data, "--step-epochs", "3"}, 2, "--step-epochs: given with --schedule cosine"},
      {{"train", data, "--schedule", "one_cycle", "--momentum", "0.8"},
       2,
       "--momentum: given with --schedule one_cycle"},
      {{"train", data, "--momentum", "0", "--nesterov"}, 2, "--nesterov: .*--momentum 0"},
      {{"train", data, "--schedule", "multistep"}, 2, "--schedule multistep: no --milestones"},
      {{"train", data, "--schedule", "multistep", "--milestones", "9,3"}, 2, "--milestones: \"9,3"},
      {{"train", data, "--layer-decay", "0"}, 2, "layer_decay: 0; expected above 0"},
      {{"train", data, "--seed", "-3"}, 2, "--seed"},
      {{"train", data, "--augment", "crop,rotat=3"}, 2, "\"rotat\".*did you mean rotate\\?"},
      {{"train", data, "--augment", "rotate=200"}, 2, "degrees 200; expected .* from 0 to 180"},
      {{"augment", data, "--augment", "flp", "--preview", f / "a.png"}, 2, "did you mean flip\\?"},
      {{"augment", data}, 2, "--preview"},
      {{"augment"}, 2, "no DATA"},
      {{"augment", f / "nowhere", "--preview", f / "a.png"}, 3, "nowhere"},
      {{"augment", data, "--preview", f / "no/a.png"}, 5, "no/a.png"},
      {{"train", data, "--lr"}, 2, "--lr"},
      {{"train", data, "--out", f / "file"}, 2, "not a folder"},
      {{"train", data, "--out", f / "full"}, 2, "is not empty"},
      {{"train"}, 2, "no DATA"},
      {{"train", "a", "b"}, 2, "b"},
      {{"train", f / "nothing"}, 3, "nothing"},
      {{"train", f / "file"}, 3, "file"},
      {{"train", f / "empty"}, 3, "empty"},
      {{"train", "--config", f / "none.toml"}, 3, "none.toml"},
      {{"train", data, "--config", f / "unknown.toml"}, 2, "toml:2:.*epoch.*did you mean epochs"},
      {{"train", data, "--config", f / "twice.toml"}, 2, "twice.toml:2"},
      {{"train", data, "--config", f / "type.toml"}, 2, "type.toml:1:.*whole number"},
      {{"train", data, "--config", f / "range.toml"}, 2, "range.toml:1:.*from 0 to 1000"},
      {{"train", data, "--config", f / "deep.toml"}, 2, "deep.toml:1"},
      {{"resume", f / "nothing"}, 4, "not a run folder"},
      {{"resume"}, 2, "RUN"},
      {{"eval", f / "nothing.noyau", data}, 4, "nothing.noyau"},
      {{"eval", f / "broken.noyau", data}, 4, "broken.noyau"},
      {{"predict", f / "broken.noyau", f / "file"}, 4, "broken.noyau"},
      {{"predict", f / "broken.noyau"}, 2, "FILE"},
      {{"predict", f / "broken.noyau", f / "file", "--top", "0"}, 2, "--top"},
      {{"summary", "resnet"}, 2, "unknown model"},
      {{"summary", "lenet5", "--size", "2"}, 2, "pixels"},
      {{"summary", "lenet5", "--classes", "x"}, 2, "--classes"},
      {{"summary", "lenet5", "--svg", f / "nothing/a.svg"}, 3, "a.svg: cannot write"},
      {{"summary", "lenet5", "--html", f / "nothing/a.html"}, 3, "a.html: cannot write"},
      {{"compare"}, 2, "MODEL is required"},
      {{"compare", "lenet5", "resnet"}, 2, "unknown model"},
      {{"compare", "lenet5@x"}, 2, "lenet5@x: size \"x\"; expected a whole number"},
      {{"compare", "vgg16@8"}, 2, "at least 32 pixels"},
      {{"dump", "lenet5", "--stage", "plam"}, 2, "--stage.*did you mean plan"},
      {{"bench"}, 2, "neither MODEL nor --layers"},
      {{"bench", "lenet5", "--layers"}, 2, "both MODEL and --layers"},
      {{"bench", "lenet5", "--train", "--infer"}, 2, "both --train and --infer"},
      {{"bench", "nonet"}, 2, "unknown model"},
      {{"bench", "lenet5", "--data", "x"}, 2, "--data and something else"},
      {{"bench", "lenet5", "--image-size", "8"}, 2, "without --data"},
      {{"bench", "--data", "nowhere"}, 3, "nowhere: does not exist"},
      {{"bench", "lenet5", "--numerics", "slow"},
       2,
       "--numerics: \"slow\"; expected exact, fast, bf16 or int8"},
      {{"bench", "lenet5", "--numerics", "int8"}, 2, "int8, which knows no gradients"},
      {{"dump", "lenet5", "--stage", "plan", "--numerics", "int8"}, 2, "knows no gradients"},
      {{"profile"}, 2, "MODEL is required"},
      {{"profile", "lenet5", "--train", "--infer"}, 2, "both --train and --infer"},
      {{"profile", "lenet5", "--seconds", "0.01", "--csv", f / "nothing/a.csv"},
       3,
       "a.csv: cannot be created"},
      {{"zoo", "--jsn"}, 2, "did you mean --json"},
      {{"help", "trian"}, 2, "did you mean train"},
  };
}

TEST(WrongInput, IsOneLineOnStandardErrorWithItsExitCode) {
  for (const WrongCall& call : calls()) {
    SCOPED_TRACE(testing::PrintToString(call.arguments));
    const Outcome outcome = run(call.arguments, files().path());
    EXPECT_EQ(outcome.code, call.code) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("noyau: error: ")) << outcome.err;
    EXPECT_THAT(outcome.err, testing::ContainsRegex(call.message));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(WrongInput, LeavesNoRunFolderBehind) {
  EXPECT_FALSE(std::filesystem::exists(files() / "runs"));
}

TEST(Help, EveryVerbShowsItsFlagsAndExamples) {
  for (const char* verb : {"train", "resume", "eval", "predict", "summary", "compare", "bench",
                           "profile", "dump", "zoo", "version"}) {
    SCOPED_TRACE(verb);
    const Outcome outcome = run({verb, "--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, testing::HasSubstr("examples:\n"));
    EXPECT_THAT(outcome.out, testing::HasSubstr(std::string("noyau ") + verb));
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(run({}).out, testing::HasSubstr(verb));
  }
}

TEST(Output, ControlCharactersOfArgumentsNeverReachTheTerminal) {
  const Outcome outcome = run({"train", "a\033[31m\nb"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, testing::HasSubstr("\\x1b[31m\\x0ab"));
}

TEST(Output, VersionAndZooAreJsonWhenAsked) {
  EXPECT_THAT(run({"version", "--json"}).out, testing::HasSubstr("\"kernel_target\""));
  const Outcome zoo = run({"zoo", "--json"});
  EXPECT_THAT(zoo.out, testing::HasSubstr("\"cifar_resnet20\""));
  EXPECT_EQ(zoo.code, 0);
}

TEST(Output, AFullDiskUnderStandardOutputIsAnError) {
  const std::string command = program_path() + " zoo > /dev/full 2> /dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 5);
}

TEST(Output, AClosedPipeEndsQuietlyWith141) {
  const std::string command = "bash -c '" + program_path() +
                              " dump cifar_resnet20 --stage training | true; "
                              "exit ${PIPESTATUS[0]}' 2> /dev/null";
  const int code = WEXITSTATUS(std::system(command.c_str()));
  // `true` may end after everything fitted into the pipe.
  EXPECT_TRUE(code == 141 || code == 0) << code;
}

}  // namespace
}  // namespace noyau::test
