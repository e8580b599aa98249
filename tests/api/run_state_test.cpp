#include "api/run_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "api/run_folder.hpp"

namespace noyau::api {
namespace {

RunState two_epochs() {
  EpochRow row{.epoch = 1, .time_s = 2, .lr = 0.1, .train_loss = 1, .val_loss = 0.5};
  row.top1 = 0.75;
  row.top5 = 1;
  row.balanced = 0.5;
  row.img_s = row.data_wait_s = 1;
  RunState state{.rows = {row, row}, .best_score = 0.75, .best_epoch = 1, .elapsed_s = 4};
  state.rows[1].epoch = 2;
  state.rows[1].balanced = kNotMeasured;
  return state;
}

TEST(RunState, RowsComeBackAsTheyWere) {
  training::Checkpoint checkpoint;
  write_state(two_epochs(), checkpoint);
  const RunState state = read_state(checkpoint, "last.noyau");
  ASSERT_EQ(state.rows.size(), 2u);
  EXPECT_EQ(state.rows[0].balanced, 0.5);
  EXPECT_TRUE(std::isnan(state.rows[1].balanced));
  EXPECT_EQ(results_text(state.rows), results_text(two_epochs().rows));
}

TEST(RunState, CheckpointsWithoutBalancedAccuracyAreRead) {
  training::Checkpoint checkpoint;
  write_state(two_epochs(), checkpoint);
  ASSERT_EQ(checkpoint.notes.erase("balanced:1"), 1u);
  const RunState state = read_state(checkpoint, "last.noyau");
  EXPECT_TRUE(std::isnan(state.rows[0].balanced));
  EXPECT_EQ(state.rows[0].top1, 0.75);
}

TEST(RunState, ResultsNameEveryColumn) {
  const std::string text = results_text(two_epochs().rows);
  const std::string header = text.substr(0, text.find('\n'));
  const std::string row = text.substr(header.size() + 1, text.find('\n', header.size() + 1));
  EXPECT_TRUE(header.ends_with(",balanced"));
  EXPECT_EQ(std::count(header.begin(), header.end(), ','),
            std::count(row.begin(), row.begin() + std::ptrdiff_t(row.find('\n')), ','));
  EXPECT_TRUE(row.substr(0, row.find('\n')).ends_with(",0.5"));
}

}  // namespace
}  // namespace noyau::api
