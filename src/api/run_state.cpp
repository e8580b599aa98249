#include "api/run_state.hpp"

#include <cmath>
#include <utility>

#include "api/numbers.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr const char* kElapsed = "elapsed_s";
constexpr const char* kSnapshots = "snapshots";
// Of runs that are fitted to a time.
constexpr const char* kEpochs = "fitted_epochs";
constexpr const char* kSteps = "fitted_steps";
constexpr const char* kScheduleAt = "schedule_at";
constexpr const char* kSchedulePerStep = "schedule_per_step";

double read_note(const training::Checkpoint& checkpoint, const std::string& name,
                 const std::string& path) {
  const auto note = checkpoint.notes.find(name);
  if (note == checkpoint.notes.end()) throw Error(ErrorCode::corrupt_file, path, "no " + name);
  const auto value = parse_number(note->second);
  if (!value) throw Error(ErrorCode::corrupt_file, path, name + ": " + note->second, "a number");
  return *value;
}

// The columns that the checkpoint's rows have no place for.
constexpr std::pair<const char*, double EpochRow::*> kFurther[] = {
    {"train_top1", &EpochRow::train_top1}, {"ema_loss", &EpochRow::ema_loss},
    {"ema_top1", &EpochRow::ema_top1},     {"score", &EpochRow::score},
    {"ema_score", &EpochRow::ema_score},   {"balanced", &EpochRow::balanced}};

std::string row_note(const char* column, std::int64_t epoch) {
  return column + (":" + std::to_string(epoch));
}

}  // namespace

void write_state(const RunState& state, training::Checkpoint& checkpoint) {
  checkpoint.best_score = state.best_score;
  checkpoint.best_epoch = state.best_epoch > 0 ? state.best_epoch : -1;
  checkpoint.notes[kElapsed] = number_text(state.elapsed_s);
  checkpoint.notes[kSnapshots] = std::to_string(state.snapshots);
  if (state.epochs > 0) {
    checkpoint.notes[kEpochs] = std::to_string(state.epochs);
    checkpoint.notes[kSteps] = std::to_string(state.steps);
    checkpoint.notes[kScheduleAt] = number_text(state.schedule_at);
    checkpoint.notes[kSchedulePerStep] = number_text(state.schedule_per_step);
  }
  for (const EpochRow& row : state.rows) {
    checkpoint.history.push_back({row.epoch, row.time_s, row.lr, row.train_loss, row.val_loss,
                                  row.top1, row.top5, row.img_s, row.data_wait_s});
    for (const auto& [name, column] : kFurther)
      if (!std::isnan(row.*column))
        checkpoint.notes[row_note(name, row.epoch)] = number_text(row.*column);
  }
}

RunState read_state(const training::Checkpoint& checkpoint, const std::string& path) {
  RunState state;
  state.best_score = checkpoint.best_score;
  state.best_epoch = checkpoint.best_epoch > 0 ? checkpoint.best_epoch : 0;
  state.elapsed_s = read_note(checkpoint, kElapsed, path);
  if (checkpoint.notes.contains(kSnapshots))
    state.snapshots = std::int64_t(read_note(checkpoint, kSnapshots, path));
  if (checkpoint.notes.contains(kEpochs)) {
    state.epochs = std::int64_t(read_note(checkpoint, kEpochs, path));
    state.steps = std::int64_t(read_note(checkpoint, kSteps, path));
    state.schedule_at = read_note(checkpoint, kScheduleAt, path);
    state.schedule_per_step = read_note(checkpoint, kSchedulePerStep, path);
  }
  for (const training::HistoryRow& row : checkpoint.history) {
    state.rows.push_back({.epoch = int(row.epoch),
                          .time_s = row.time_s,
                          .lr = row.lr,
                          .train_loss = row.train_loss,
                          .val_loss = row.val_loss,
                          .top1 = row.top1,
                          .top5 = row.top5,
                          .img_s = row.img_s,
                          .data_wait_s = row.data_wait_s});
    for (const auto& [name, column] : kFurther)
      if (checkpoint.notes.contains(row_note(name, row.epoch)))
        state.rows.back().*column = read_note(checkpoint, row_note(name, row.epoch), path);
  }
  return state;
}

}  // namespace noyau::api
