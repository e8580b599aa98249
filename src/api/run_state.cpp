#include "api/run_state.hpp"

#include "api/numbers.hpp"
#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr const char* kElapsed = "elapsed_s";
constexpr const char* kTrainTop1 = "train_top1";

double read_note(const training::Checkpoint& checkpoint, const std::string& name,
                 const std::string& path) {
  const auto note = checkpoint.notes.find(name);
  if (note == checkpoint.notes.end()) throw Error(ErrorCode::corrupt_file, path, "no " + name);
  const auto value = parse_number(note->second);
  if (!value) throw Error(ErrorCode::corrupt_file, path, name + ": " + note->second, "a number");
  return *value;
}

std::string top1_note(std::int64_t epoch) { return kTrainTop1 + (":" + std::to_string(epoch)); }

}  // namespace

void write_state(const RunState& state, training::Checkpoint& checkpoint) {
  checkpoint.best_score = state.best_score;
  checkpoint.best_epoch = state.best_epoch > 0 ? state.best_epoch : -1;
  checkpoint.notes[kElapsed] = number_text(state.elapsed_s);
  for (const EpochRow& row : state.rows) {
    checkpoint.history.push_back({row.epoch, row.time_s, row.lr, row.train_loss, row.val_loss,
                                  row.top1, row.top5, row.img_s, row.data_wait_s});
    checkpoint.notes[top1_note(row.epoch)] = number_text(row.train_top1);
  }
}

RunState read_state(const training::Checkpoint& checkpoint, const std::string& path) {
  RunState state;
  state.best_score = checkpoint.best_score;
  state.best_epoch = checkpoint.best_epoch > 0 ? checkpoint.best_epoch : 0;
  state.elapsed_s = read_note(checkpoint, kElapsed, path);
  for (const training::HistoryRow& row : checkpoint.history) {
    state.rows.push_back({.epoch = int(row.epoch),
                          .time_s = row.time_s,
                          .lr = row.lr,
                          .train_loss = row.train_loss,
                          .val_loss = row.val_loss,
                          .train_top1 = read_note(checkpoint, top1_note(row.epoch), path),
                          .top1 = row.top1,
                          .top5 = row.top5,
                          .img_s = row.img_s,
                          .data_wait_s = row.data_wait_s});
  }
  return state;
}

}  // namespace noyau::api
