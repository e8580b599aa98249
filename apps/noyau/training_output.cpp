#include "training_output.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <ctime>

#include <noyau/shell_word.hpp>

#include "advice_output.hpp"
#include "answer_output.hpp"
#include "ensemble_output.hpp"
#include "exit_codes.hpp"
#include "signals.hpp"
#include "weight_output.hpp"

namespace noyau::cli {
namespace {

constexpr std::chrono::milliseconds kRefresh{100};
constexpr std::chrono::seconds kLineEvery{10};  // where output is no terminal

std::string bar(double share) {
  constexpr int kWidth = 10;
  const int full = std::clamp(int(share * kWidth), 0, kWidth);
  std::string text;
  for (int i = 0; i < kWidth; ++i) text += i < full ? "━" : "─";
  return text;
}

/// 0.0021 as "2.1e-3": short, and the same for all sizes.
std::string rate_text(double rate) {
  if (rate <= 0) return "0";
  const int exponent = int(std::floor(std::log10(rate)));
  return fmt::format("{:.1f}e{}", rate / std::pow(10.0, exponent), exponent);
}

std::string until(double seconds) {
  const std::time_t end = std::time(nullptr) + std::time_t(seconds);
  return fmt::format("{:%H:%M}", fmt::localtime(end));
}

std::string accuracy_text(double accuracy) {
  return std::isfinite(accuracy) ? fmt::format("  acc {:.1f}%", 100 * accuracy) : "";
}

/// Of a run that diverges too: in few digits.
std::string short_number(double value) {
  return std::abs(value) < 1e4 ? fmt::format("{:.4f}", value) : fmt::format("{:.3g}", value);
}

std::string live_text(const Progress& p) {
  const double share = double(p.step) / double(std::max<std::int64_t>(1, p.steps));
  return fmt::format(
      "ep {}/{} {} {:.0f}%  loss {:.3f}{}  {:.0f} img/s (data wait {:.0f}%)  lr {}  epoch {} left, "
      "run {} left (until {})",
      p.epoch, p.epochs, bar(share), 100 * share, p.loss, accuracy_text(p.accuracy), p.img_s,
      100 * p.wait_share, rate_text(p.lr), clock_text(p.epoch_left_s), clock_text(p.run_left_s),
      until(p.run_left_s));
}

/// The same for 80 columns: time left is what must not be cut off.
std::string short_text(const Progress& p) {
  return fmt::format("ep {}/{} {:.0f}%  {} left  loss {:.3f}{}  {:.0f} img/s (wait {:.0f}%)",
                     p.epoch, p.epochs, 100 * double(p.step) / double(p.steps),
                     clock_text(p.run_left_s), p.loss, accuracy_text(p.accuracy), p.img_s,
                     100 * p.wait_share);
}

/// The line stays short where both accuracies are the same, as with equally frequent classes.
std::string validation_text(const EpochRow& row) {
  const std::string text = fmt::format("{:.2f}%", 100 * row.top1);
  if (std::abs(row.balanced - row.top1) < 5e-5) return text;
  return fmt::format("{} (balanced {:.2f}%)", text, 100 * row.balanced);
}

std::string epoch_text(const EpochRow& row, std::int64_t epochs, bool best) {
  std::string text = fmt::format("ep {}/{}  loss {}{}", row.epoch, epochs,
                                 short_number(row.train_loss), accuracy_text(row.train_top1));
  if (std::isfinite(row.val_loss)) text += "  val loss " + short_number(row.val_loss);
  if (std::isfinite(row.top1)) text += "  val acc " + validation_text(row);
  if (std::isfinite(row.score)) text += "  val score " + short_number(row.score);
  if (std::isfinite(row.ema_score)) text += "  averaged " + short_number(row.ema_score);
  if (std::isfinite(row.ema_top1)) text += fmt::format("  averaged {:.2f}%", 100 * row.ema_top1);
  text += fmt::format("  {:.0f} img/s (data wait {:.1f} s)  lr {}  {}", row.img_s, row.data_wait_s,
                      rate_text(row.lr), clock_text(row.time_s));
  // Without a validation part the newest weights are always the ones kept.
  const bool judged = std::isfinite(row.val_loss);
  return text + (best && judged ? "  best\n" : "\n");
}

std::string resume_command(const TrainResult& result) {
  return "noyau resume " + shell_word(result.run);
}

}  // namespace

TrainingOutput::TrainingOutput(bool json, bool quiet)
    : json_(json),
      quiet_(quiet),
      live_(!json && !quiet && output_is_terminal()),
      advising_(!json && !quiet) {}

TrainCallbacks TrainingOutput::callbacks() {
  TrainCallbacks callbacks;
  callbacks.started = [this](const RunStart& start) { started(start); };
  callbacks.advising = advising_.callback();
  callbacks.advised = [this](const Advice& advice) { advised(advice); };
  callbacks.features = [this](const FeatureProgress& progress) { features(progress); };
  callbacks.step = [this](const Progress& progress) { step(progress); };
  callbacks.epoch = [this](const EpochRow& row, bool best) { epoch(row, best); };
  callbacks.warning = [](const std::string& text) { warn(text); };
  callbacks.stop = &stop_on_signals();
  return callbacks;
}

void TrainingOutput::started(const RunStart& start) {
  if (quiet_) return;
  clear_live_line();
  if (json_) {
    Json event = {{"event", "start"},
                  {"run", start.run},
                  {"model", start.model},
                  {"data", start.data},
                  {"parameters", start.parameters},
                  {"macs", start.macs},
                  {"train_images", start.train_images},
                  {"val_images", start.val_images},
                  {"test_images", start.test_images},
                  {"skipped", start.skipped},
                  {"task", to_string(start.task)},
                  {"classes", start.classes},
                  {"input", {start.input.height, start.input.width, start.input.channels}},
                  {"threads", start.threads},
                  {"epochs", start.epochs},
                  {"steps", start.steps},
                  {"memory", start.memory},
                  {"forecast_s", start.forecast_s},
                  {"epoch", start.epoch},
                  {"step", start.step}};
    if (start.feature_width > 0) {
      event["frozen_parameters"] = start.frozen_parameters;
      event["feature_width"] = start.feature_width;
      event["views"] = start.views;
    }
    if (!start.from.empty()) {
      event["from"] = start.from;
      event["match"] = match_json(start.match);
    }
    out_json(event);
    return;
  }
  const std::string depth = start.input.depth > 1 ? fmt::format("{}x", start.input.depth) : "";
  out(fmt::format("{}: {} ({} parameters, {} MACs) on {}{}x{}x{}\n", start.run, start.model,
                  grouped(start.parameters), grouped(start.macs), depth, start.input.height,
                  start.input.width, start.input.channels));
  out(fmt::format("{}: {} {}; {} to train, {} to validate, {} to test{}\n", escaped(start.data),
                  start.classes, to_string(start.task), grouped(start.train_images),
                  grouped(start.val_images), grouped(start.test_images),
                  start.skipped > 0 ? fmt::format("; {} skipped", grouped(start.skipped)) : ""));
  if (start.forecast_s > 0)
    out(fmt::format("forecast: {} epochs of {} steps, {} in all (until {}), {} MiB a step\n",
                    start.epochs, start.steps, clock_text(start.forecast_s),
                    until(start.forecast_s), start.memory >> 20));
  if (!start.from.empty())
    out(fmt::format("weights: {}\n{}", escaped(start.from), match_text(start.match)));
  if (start.feature_width > 0)
    out(fmt::format(
        "frozen: {} parameters; {} views of each training picture as {} numbers, kept\n",
        grouped(start.frozen_parameters), start.views, grouped(start.feature_width)));
  if (start.epoch > 0 || start.step > 0)
    out(fmt::format("going on after epoch {}, step {}\n", start.epoch, start.step));
  flush_output();
}

void TrainingOutput::advised(const Advice& advice) {
  if (quiet_) return;
  clear_live_line();
  if (json_) {
    Json event = json_of(advice);
    event["event"] = "advice";
    out_json(event);
    return;
  }
  for (const std::string& reason : advice.reasons) out("advice: " + reason + "\n");
  out(fmt::format("advice: {}\n", advice.plans.front().name));
}

void TrainingOutput::features(const FeatureProgress& progress) {
  if (quiet_) return;
  const bool at_end = progress.done == progress.count;
  if (json_) {
    if (at_end)
      out_json({{"event", "features"},
                {"part", to_string(progress.part)},
                {"view", progress.view + 1},
                {"views", progress.views},
                {"images", progress.count}});
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < (live_ ? std::chrono::steady_clock::duration(kRefresh) : kLineEvery)) return;
  shown_ = now;
  const std::string text =
      fmt::format("frozen stages: {} view {}/{}, {} of {} pictures, {} left",
                  to_string(progress.part), progress.view + 1, progress.views,
                  grouped(progress.done), grouped(progress.count), clock_text(progress.left_s));
  if (live_)
    live_line(text, text);
  else
    err(text + "\n");
}

void TrainingOutput::step(const Progress& progress) {
  epochs_ = progress.epochs;
  if (!live_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < kRefresh && progress.step != progress.steps) return;
  shown_ = now;
  live_line(live_text(progress), short_text(progress));
}

void TrainingOutput::epoch(const EpochRow& row, bool best) {
  if (quiet_) return;
  clear_live_line();
  if (json_) {
    out_json({{"event", "epoch"},
              {"epoch", row.epoch},
              {"time_s", number(row.time_s)},
              {"lr", number(row.lr)},
              {"train_loss", number(row.train_loss)},
              {"train_top1", number(row.train_top1)},
              {"val_loss", number(row.val_loss)},
              {"top1", number(row.top1)},
              {"top5", number(row.top5)},
              {"balanced", number(row.balanced)},
              {"ema_loss", number(row.ema_loss)},
              {"ema_top1", number(row.ema_top1)},
              {"score", number(row.score)},
              {"ema_score", number(row.ema_score)},
              {"img_s", number(row.img_s)},
              {"data_wait_s", number(row.data_wait_s)},
              {"best", best}});
    return;
  }
  out(epoch_text(row, epochs_, best));
  flush_output();
}

int TrainingOutput::stopped(const TrainResult& result) {
  clear_live_line();
  const int code = signal_received() > 0 ? 128 + signal_received() : kDone;
  const std::string command = resume_command(result);
  if (json_)
    out_json({{"event", "stopped"}, {"run", result.run}, {"resume", command}});
  else
    err(fmt::format("stopped and saved; go on with: {}\n", command));
  return code;
}

int TrainingOutput::finish(const TrainResult& result) {
  if (result.stopped) return stopped(result);
  const int code = result.complete ? kDone : kResources;
  if (json_) {
    Json event = {{"event", "end"},
                  {"run", result.run},
                  {"part", result.part},
                  {"images", result.images},
                  {"loss", number(result.loss)},
                  {"score", number(result.score)},
                  {"top1", number(result.top1)},
                  {"top5", number(result.top5)},
                  {"balanced_accuracy", number(result.balanced_accuracy)},
                  {"calibration_error", number(result.calibration_error)},
                  {"best_epoch", result.best_epoch},
                  {"seconds", number(result.seconds)},
                  {"report", result.report.empty() ? Json(nullptr) : Json(result.report)}};
    if (!result.complete) event["resume"] = resume_command(result);
    out_json(event);
    return code;
  }
  if (!result.complete)
    err(fmt::format("not all files could be written; once they can: {}\n", resume_command(result)));
  if (quiet_) return code;
  if (result.task != Task::classes) {
    out(fmt::format(
        "{} {}, loss {:.4f}, on {} pictures with the weights of epoch {}; {} in all\n{}",
        result.part, score_text(result.task, result.score), result.loss, grouped(result.images),
        result.best_epoch, clock_text(result.seconds), answer_text(result.task, result.answers)));
  } else {
    print_accuracy(result);
  }
  if (!result.report.empty()) out(fmt::format("report: {}\n", result.report));
  out(fmt::format("next:   noyau predict {} PICTURE...\n", shell_word(result.run)));
  return code;
}

void TrainingOutput::print_accuracy(const TrainResult& result) const {
  out(fmt::format(
      "{} {}, loss {:.4f}, on {} pictures with the weights of epoch {}; {} in all\n", result.part,
      accuracies_text(result.top1, result.balanced_accuracy, result.top5, result.classes),
      result.loss, grouped(result.images), result.best_epoch, clock_text(result.seconds)));
}

int TrainingOutput::finish(const FoldsResult& result) {
  clear_live_line();
  if (json_) {
    out_json({{"event", result.stopped ? "folds stopped" : "folds"},
              {"folder", result.folder},
              {"scores", result.scores},
              {"mean", number(result.mean)},
              {"deviation", number(result.deviation)}});
  } else if (!quiet_ && !result.stopped) {
    out(fmt::format(
        "{} folds: {} on average, deviation {}, 95 % interval {} to {}\nnumbers: {}/folds.csv\n",
        result.scores.size(), score_text(result.task, result.mean),
        score_number(result.task, result.deviation), score_number(result.task, result.low),
        score_number(result.task, result.high), result.folder));
  }
  return series_end(result.stopped);
}

int TrainingOutput::finish(const NetworksResult& result) {
  clear_live_line();
  if (json_) {
    Json event = {{"event", result.stopped ? "networks stopped" : "networks"},
                  {"folder", result.folder}};
    if (!result.stopped) event.update(ensemble_json(result.ensemble, result.part, result.file));
    out_json(event);
  } else if (!quiet_ && !result.stopped) {
    out(ensemble_table(result.ensemble, result.file));
  }
  return series_end(result.stopped);
}

/// Of several runs that the same command goes on with.
int TrainingOutput::series_end(bool was_stopped) const {
  if (!was_stopped) return kDone;
  if (!json_) err("stopped and saved; the same command goes on\n");
  return signal_received() > 0 ? 128 + signal_received() : kDone;
}

}  // namespace noyau::cli
