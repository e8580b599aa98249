#include <gtest/gtest.h>

#include "golden/files.hpp"
#include "train/schedule/plateau.hpp"
#include "train/schedule/schedule.hpp"

/// Schedules against the values of another framework (tests/data/golden/optim.json).
namespace noyau::training {
namespace {

using Json = nlohmann::json;
using Kind = Schedule::Kind;

Json golden(const std::string& name) { return golden::read_golden("", "optim")["schedules"][name]; }

void expect_rates(const std::string& name, const Schedule& schedule) {
  check(schedule);
  const Json values = golden(name)["values"];
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(learning_rate(schedule, std::int64_t(i)), values[i].get<double>(), 1e-12)
        << name << " at " << i;
  }
}

TEST(GoldenSchedule, Step) {
  expect_rates("step", {.kind = Kind::step, .base = 0.1, .gamma = 0.1, .step_size = 10});
}

TEST(GoldenSchedule, Multistep) {
  expect_rates("multistep",
               {.kind = Kind::multistep, .base = 0.1, .gamma = 0.2, .milestones = {8, 20, 26}});
}

TEST(GoldenSchedule, Exponential) {
  expect_rates("exponential",
               {.kind = Kind::exponential, .base = 0.1, .gamma = 0.9, .step_size = 1});
}

TEST(GoldenSchedule, Cosine) {
  expect_rates("cosine", {.kind = Kind::cosine, .base = 0.1, .total_steps = 30});
  expect_rates("cosine_warmup", {.kind = Kind::cosine,
                                 .base = 0.1,
                                 .final = 1e-4,
                                 .warmup_steps = 5,
                                 .warmup_start = 0.01,
                                 .total_steps = 30});
}

TEST(GoldenSchedule, Polynomial) {
  expect_rates("polynomial",
               {.kind = Kind::polynomial, .base = 0.1, .power = 0.9, .total_steps = 30});
  expect_rates("polynomial_20",
               {.kind = Kind::polynomial, .base = 0.1, .power = 2, .total_steps = 20});
}

TEST(GoldenSchedule, OneCycleWithItsMomentum) {
  for (const std::string name : {"one_cycle_cos", "one_cycle_linear", "one_cycle_three_phase"}) {
    const Json file = golden(name), options = file["options"];
    const Schedule schedule{
        .kind = Kind::one_cycle,
        .base = options["max_lr"],
        .one_cycle = {.rise = options["pct_start"],
                      .div = options["div_factor"],
                      .final_div = options["final_div_factor"],
                      .linear = options["anneal"] == "linear",
                      .three_phase = options["three_phase"]},
        .total_steps = options["total_steps"],
    };
    expect_rates(name, schedule);
    for (std::size_t i = 0; i < file["momentum"].size(); ++i) {
      EXPECT_NEAR(momentum_at(schedule, std::int64_t(i)).value(), file["momentum"][i].get<double>(),
                  1e-12)
          << name << " at " << i;
    }
  }
}

TEST(GoldenSchedule, Plateau) {
  for (const std::string name : {"plateau_rel", "plateau_abs_cooldown"}) {
    const Json file = golden(name), options = file["options"];
    const Schedule schedule{.kind = Kind::plateau,
                            .base = options["base"],
                            .final = options["min_lr"],
                            .gamma = options["factor"],
                            .plateau = {.patience = options["patience"],
                                        .cooldown = options["cooldown"],
                                        .threshold = options["threshold"],
                                        .absolute = options["threshold_mode"] == "abs"}};
    PlateauState state;
    for (std::size_t e = 0; e < file["values"].size(); ++e) {
      EXPECT_NEAR(learning_rate(schedule, 0) * state.scale, file["values"][e].get<double>(), 1e-12)
          << name << " at " << e;
      if (e < file["metric"].size()) state = after_epoch(schedule, state, file["metric"][e]);
    }
  }
}

}  // namespace
}  // namespace noyau::training
