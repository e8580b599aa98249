#include "api/learning.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/run_folder.hpp"
#include "api/settings.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

TrainOptions with(const std::string& optimizer, const std::string& schedule = "cosine") {
  TrainOptions options;
  options.optimizer = optimizer;
  options.schedule = schedule;
  return options;
}

TEST(Learning, DefaultsAreSgdWithNesterovsMomentumAndACosine) {
  const training::TrainerOptions t = trainer_options({}, 100);
  EXPECT_EQ(t.optimizer.kind, training::OptimizerKind::sgd);
  EXPECT_EQ(t.optimizer.momentum, 0.9);
  EXPECT_TRUE(t.optimizer.nesterov);
  EXPECT_EQ(t.groups.weight_decay, 5e-4);
  EXPECT_EQ(t.groups.layer_decay, 1);
  EXPECT_EQ(t.schedule.kind, training::Schedule::Kind::cosine);
  EXPECT_EQ(t.schedule.base, 0.1);
  EXPECT_EQ(t.schedule.warmup_steps, 100);
  EXPECT_EQ(t.schedule.total_steps, 2000);
  EXPECT_EQ(t.accumulate, 1);
}

TEST(Learning, EachOptimizerHasItsUsualSettings) {
  EXPECT_EQ(trainer_options(with("adamw"), 1).groups.weight_decay, 0.05);
  EXPECT_EQ(trainer_options(with("adamw"), 1).schedule.base, 1e-3);
  EXPECT_EQ(trainer_options(with("rmsprop_tf"), 1).optimizer.eps, 1e-3);
  EXPECT_FALSE(trainer_options(with("lars"), 1).optimizer.nesterov);
  TrainOptions plain;
  plain.momentum = 0;
  EXPECT_FALSE(trainer_options(plain, 1).optimizer.nesterov);
}

TEST(Learning, WhatIsGivenIsTaken) {
  TrainOptions options = with("lamb", "multistep");
  options.lr = 3;
  options.beta2 = 0.5;
  options.milestones = "3,7";
  options.step_factor = 0.25;
  options.layer_decay = 0.75;
  const training::TrainerOptions t = trainer_options(options, 10);
  EXPECT_EQ(t.schedule.base, 3);
  EXPECT_EQ(t.optimizer.beta2, 0.5);
  EXPECT_THAT(t.schedule.milestones, testing::ElementsAre(30, 70));
  EXPECT_EQ(t.schedule.gamma, 0.25);
  EXPECT_EQ(t.groups.layer_decay, 0.75);
}

TEST(Learning, UsualSettingsContradictNothing) {
  for (const char* optimizer :
       {"sgd", "adam", "adamw", "rmsprop", "rmsprop_tf", "adagrad", "lars", "lamb"}) {
    for (const char* schedule : {"constant", "step", "exponential", "polynomial", "cosine",
                                 "cosine_restarts", "one_cycle", "plateau"}) {
      const TrainOptions usual = with_usual(with(optimizer, schedule));
      EXPECT_NO_THROW(check_options(usual)) << optimizer << " " << schedule;
      EXPECT_EQ(args_text(with_usual(usual)), args_text(usual)) << optimizer << " " << schedule;
    }
  }
  const std::string adam = args_text(with_usual(with("adam", "step")));
  EXPECT_THAT(adam, testing::HasSubstr("\nbeta1 = 0.9\n"));
  EXPECT_THAT(adam, testing::HasSubstr("\nstep-epochs = 10\n"));
  EXPECT_THAT(adam, testing::Not(testing::HasSubstr("momentum")));
  EXPECT_THAT(adam, testing::Not(testing::HasSubstr("plateau-")));
}

TEST(Learning, OneCycleHasNoWarmUp) {
  EXPECT_EQ(trainer_options(with("sgd", "one_cycle"), 100).schedule.warmup_steps, 0);
  EXPECT_TRUE(trainer_options(with("sgd", "one_cycle"), 100).optimizer.nesterov);
}

TEST(Learning, MilestonesAreRisingWholeNumbers) {
  EXPECT_THAT(parse_milestones("30,60,80"), testing::ElementsAre(30, 60, 80));
  EXPECT_THAT(parse_milestones("5"), testing::ElementsAre(5));
  for (const char* text : {"", "0", "3,", ",3", "3,3", "4,3", "1.5", "3 ,4", "x", "99999999"})
    EXPECT_THROW(parse_milestones(text), Error) << text;
}

TEST(Learning, SettingsAreComparedAsWholeWords) {
  EXPECT_TRUE(reads("beta1 eps", "eps"));
  EXPECT_FALSE(reads("step-epochs", "eps"));
  EXPECT_FALSE(reads("", "eps"));
}

}  // namespace
}  // namespace noyau::api
