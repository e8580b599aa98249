#include "train/schedule/plateau.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace noyau::training {
namespace {

Schedule plateau(double final = 0) {
  return {.kind = Schedule::Kind::plateau,
          .base = 0.1,
          .final = final,
          .gamma = 0.1,
          .plateau = {.patience = 1}};
}

TEST(Plateau, NeverFallsBelowTheFinalRate) {
  const Schedule s = plateau(0.02);
  PlateauState state;
  for (int epoch = 0; epoch < 20; ++epoch) state = after_epoch(s, state, 1);
  EXPECT_DOUBLE_EQ(state.scale, 0.2);
}

TEST(Plateau, AFinalRateAboveTheBaseRaisesNothing) {
  PlateauState state;
  for (int epoch = 0; epoch < 20; ++epoch) state = after_epoch(plateau(0.5), state, 1);
  EXPECT_EQ(state.scale, 1);
}

TEST(Plateau, ALossThatIsNoNumberIsNoProgress) {
  PlateauState state = after_epoch(plateau(), {}, 1);
  for (int epoch = 0; epoch < 2; ++epoch) state = after_epoch(plateau(), state, std::nan(""));
  EXPECT_EQ(state.best, 1);
  EXPECT_DOUBLE_EQ(state.scale, 0.1);
}

TEST(Plateau, OtherSchedulesKeepTheirRate) {
  PlateauState state;
  for (int epoch = 0; epoch < 50; ++epoch) state = after_epoch({}, state, 1);
  EXPECT_EQ(state, PlateauState{});
}

}  // namespace
}  // namespace noyau::training
