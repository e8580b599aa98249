#include <gtest/gtest.h>

#include <fstream>

#include "api/cli/program.hpp"
#include "api/learning.hpp"
#include "api/numbers.hpp"
#include "api/run_folder.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "noyau/train.hpp"

namespace noyau {
namespace {

TEST(Options, EveryDefaultIsInItsOwnRangeAndReadsBack) {
  for (const OptionInfo& info : train_options()) {
    TrainOptions options;
    const std::string text = get_option(options, info.name);
    ASSERT_NO_THROW(set_option(options, info.name, text)) << info.name;
    EXPECT_EQ(get_option(options, info.name), text);
  }
}

TEST(Options, ArgsFileRepeatsEverySetting) {
  test::Folder folder;
  TrainOptions options;
  options.data = "/pictures/with \"quotes\" and \\ and \n line";
  set_option(options, "seed", "18446744073709551615");
  set_option(options, "lr", "1e-07");
  set_option(options, "nesterov", "false");
  set_option(options, "normalise", "mean-image");
  test::write_text(folder / "args.toml", api::args_text(options));
  TrainOptions read;
  read_options(read, folder / "args.toml");
  EXPECT_EQ(read.data, options.data);
  for (const OptionInfo& info : train_options())
    EXPECT_EQ(get_option(api::with_usual(read), info.name),
              get_option(api::with_usual(options), info.name))
        << info.name;
}

TEST(Options, TheFirstRecipeHoldsTheDefaults) {
  TrainOptions recipe;
  apply_recipe(recipe, recipes().front().name);
  for (const OptionInfo& info : train_options())
    EXPECT_EQ(get_option(api::with_usual(recipe), info.name),
              get_option(api::with_usual(TrainOptions{}), info.name))
        << info.name;
}

TEST(Options, EveryRecipeCanBeUsedAndAFlagChangesOneLine) {
  for (const Recipe& recipe : recipes()) {
    TrainOptions options;
    apply_recipe(options, recipe.name);
    EXPECT_NO_THROW(check_options(options)) << recipe.name;
    EXPECT_EQ(options.recipe, recipe.name);
    TrainOptions changed = options;
    set_option(changed, "epochs", "3");
    for (const OptionInfo& info : train_options())
      EXPECT_EQ(get_option(changed, info.name),
                info.name == "epochs" ? "3" : get_option(options, info.name));
  }
}

TEST(Options, AnotherOptimizerOrScheduleLeavesTheSettingsOfTheRecipeBehind) {
  TrainOptions options;
  apply_recipe(options, "mobilenet");
  set_option(options, "optimizer", "adamw");
  set_option(options, "schedule", "cosine");
  EXPECT_NO_THROW(check_options(options));
  EXPECT_EQ(api::with_usual(options).lr, 1e-3);
  EXPECT_FALSE(options.step_factor);
}

TEST(Options, ARecipeComesFirstWhereverItsLineIs) {
  test::Folder folder;
  test::write_text(folder / "args.toml", "epochs = 7\nschedule = \"constant\"\nrecipe = \"vgg\"\n");
  TrainOptions options;
  read_options(options, folder / "args.toml");
  EXPECT_EQ(options.recipe, "vgg");
  EXPECT_EQ(options.epochs, 7);
  EXPECT_EQ(options.schedule, "constant");
  EXPECT_EQ(options.batch, 256);
  EXPECT_THROW(apply_recipe(options, "vggg"), Error);
}

TEST(Options, WhatIsUnsetIsNotWritten) {
  TrainOptions options;
  set_option(options, "lr", "0.5");
  EXPECT_EQ(get_option(options, "lr"), "0.5");
  set_option(options, "lr", "");
  EXPECT_FALSE(options.lr);
  EXPECT_THROW(set_option(options, "epochs", ""), Error);
  EXPECT_EQ(api::args_text(options).find("\nlr ="), std::string::npos);
  EXPECT_NE(api::args_text(options).find("\nepochs ="), std::string::npos);
}

TEST(Options, NumbersDoNotDependOnTheLocale) {
  EXPECT_EQ(api::parse_number("1.5"), 1.5);
  for (const char* text : {"", " 1", "1 ", "1,5", "nan", "inf", "0x10", "1e999", "--1", "+1"})
    EXPECT_FALSE(api::parse_number(text)) << text;
  EXPECT_FALSE(api::parse_integer("99999999999999999999"));
}

TEST(NearestName, FindsTyposAndPrefixesOnly) {
  const std::vector<std::string> names{"train", "resume", "cifar_resnet20"};
  EXPECT_EQ(nearest_name("trian", names), "train");
  EXPECT_EQ(nearest_name("cifar", names), "cifar_resnet20");
  EXPECT_EQ(nearest_name("xyz", names), "");
  EXPECT_EQ(nearest_name(std::string(5000, 'a'), names), "");
}

TEST(RunFolder, IsLockedForOthersAndRefusesWhatIsTaken) {
  test::Folder folder;
  const std::string path = folder / "run";
  const api::RunFolder run = api::RunFolder::create(path);
  EXPECT_THROW(api::FolderLock{path}, Error);
  EXPECT_THROW(api::RunFolder::create(path), Error);
  EXPECT_THROW(api::RunFolder::open(folder / "none"), Error);
}

}  // namespace
}  // namespace noyau
