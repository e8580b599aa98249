#include "api/event_log.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "noyau/error.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kPointsPerEpoch = 100;

double wall_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

EventLog::EventLog(const std::string& folder, std::function<void(const std::string&)> warning)
    : warning_(std::move(warning)) {
  try {
    file_ = std::make_unique<io::EventFile>(folder, wall_time());
  } catch (const Error& error) {
    if (warning_) warning_(error.what());
  }
}

void EventLog::step(const training::StepReport& report, std::int64_t global_step,
                    std::int64_t steps) {
  const std::int64_t every = std::max<std::int64_t>(1, steps / kPointsPerEpoch);
  if ((report.step + 1) % every != 0) return;
  write({.step = global_step,
         .values = {{"step/loss", float(report.loss)},
                    {"step/learning_rate", float(report.learning_rate)},
                    {"step/gradient_norm", float(report.gradient_norm)}}});
}

void EventLog::epoch(const EpochRow& row, std::int64_t global_step) {
  io::Scalars scalars{.step = global_step};
  const auto add = [&](const char* tag, double value) {
    if (std::isfinite(value)) scalars.values.emplace_back(tag, float(value));
  };
  add("epoch/train_loss", row.train_loss);
  add("epoch/val_loss", row.val_loss);
  add("epoch/train_top1", row.train_top1);
  add("epoch/top1", row.top1);
  add("epoch/top5", row.top5);
  add("epoch/balanced", row.balanced);
  add("epoch/ema_loss", row.ema_loss);
  add("epoch/ema_top1", row.ema_top1);
  add("epoch/score", row.score);
  add("epoch/ema_score", row.ema_score);
  add("epoch/images_per_second", row.img_s);
  write(std::move(scalars));
}

void EventLog::write(io::Scalars scalars) {
  if (!file_) return;
  scalars.wall_time = wall_time();
  try {
    file_->write(scalars);
  } catch (const Error& error) {
    file_.reset();
    if (warning_) warning_(std::string(error.what()) + "; no more events are written");
  }
}

}  // namespace noyau::api
