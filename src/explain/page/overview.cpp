#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "explain/page/sections.hpp"
#include "explain/text.hpp"

namespace noyau::explain {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string tile(std::string_view css_class, const std::string& value, const std::string& name) {
  return fmt::format("<div class=\"tile {}\"><b>{}</b><span class=\"soft\">{}</span></div>\n",
                     css_class, value, markup_escaped(name));
}

// The evaluated accuracy, or else the validation accuracy of the best or last epoch.
std::pair<double, std::string> main_accuracy(const ReportInput& input,
                                             const ConfusionMatrix& matrix) {
  if (matrix.total() > 0) return {matrix.accuracy(), input.evaluated_part + " accuracy"};
  if (input.epochs.empty()) return {kNotMeasured, "accuracy"};
  const EpochRow* row = &input.epochs.back();
  for (const EpochRow& other : input.epochs)
    if (other.epoch == input.best_epoch) row = &other;
  return {row->top1, fmt::format("validation accuracy, epoch {}", row->epoch)};
}

void add_count(Facts& rows, const char* name, int64_t count) {
  if (count > 0) rows.emplace_back(name, grouped(count));
}

void add_text(Facts& rows, const char* name, const std::string& text) {
  if (!text.empty()) rows.emplace_back(name, text);
}

// Averages over the epochs; the wait is a share of the time that the epochs took.
void add_speed(Facts& rows, const ReportInput& input) {
  double sum = 0, wait = 0;
  int counted = 0;
  for (const EpochRow& row : input.epochs) {
    if (std::isfinite(row.data_wait_s)) wait += row.data_wait_s;
    if (!std::isfinite(row.img_s)) continue;
    sum += row.img_s;
    ++counted;
  }
  if (counted > 0)
    rows.emplace_back("Training speed",
                      fmt::format("{} images/s", grouped(std::llround(sum / counted))));
  const double time = input.epochs.empty() ? kNotMeasured : input.epochs.back().time_s;
  if (time > 0) rows.emplace_back("Waiting for data", percent(wait / time, 1));
}

// "0.52 ms (2 threads, reading included)"
std::string prediction_time(const ReportInput& input) {
  if (!(input.prediction_s > 0)) return {};
  return fmt::format("{:.3g} ms ({}reading included)", 1000 * input.prediction_s,
                     input.threads > 0 ? fmt::format("{} {}, ", input.threads,
                                                     input.threads == 1 ? "thread" : "threads")
                                       : "");
}

Facts collect(const ReportInput& input) {
  Facts rows;
  add_text(rows, "Model", input.model);
  add_count(rows, "Parameters", input.parameters);
  add_count(rows, "MACs per image", input.macs);
  if (input.height > 0 && input.width > 0)
    rows.emplace_back("Image size (H × W × C)",
                      fmt::format("{} × {} × {}", input.height, input.width, input.channels));
  add_text(rows, "Data", input.data);
  const char* names[] = {"Classes", "Labels", "Values"};
  add_count(rows, names[int(input.task)], std::ssize(input.classes));
  add_count(rows, "Training images", input.train_images);
  add_count(rows, "Validation images", input.val_images);
  add_count(rows, "Test images", input.test_images);
  add_count(rows, "Epochs", std::ssize(input.epochs));
  add_count(rows, "Best epoch", input.best_epoch);
  add_count(rows, "Batch size", input.batch_size);
  add_speed(rows, input);
  add_text(rows, "Prediction time per image", prediction_time(input));
  add_count(rows, "Threads", input.threads);
  add_text(rows, "Processor", input.cpu);
  if (input.has_seed) rows.emplace_back("Seed", std::to_string(input.seed));
  rows.insert(rows.end(), input.facts.begin(), input.facts.end());
  return rows;
}

std::string command_box(const std::string& command) {
  if (command.empty()) return {};
  return fmt::format(
      "<h3 style=\"margin-top:18px\">Repeat this run</h3>\n"
      "<div class=\"command\" style=\"margin-top:0\"><pre><code id=\"command\">{}</code></pre>"
      "<button type=\"button\" id=\"copy\" aria-live=\"polite\">Copy</button></div>\n",
      markup_escaped_lines(command));
}

}  // namespace

std::string title_of(const ReportInput& input) {
  if (!input.title.empty()) return input.title;
  if (input.model.empty()) return "Training report";
  return input.data.empty() ? input.model : input.model + " on " + input.data;
}

std::string headline(const ReportInput& input, const ConfusionMatrix& matrix) {
  std::string out = fmt::format("<h1>{}</h1>\n", markup_escaped(title_of(input)));
  std::string line = markup_escaped(input.date);
  if (!input.version.empty())
    line += (line.empty() ? "" : " · ") + std::string("noyau ") + markup_escaped(input.version);
  if (!line.empty()) out += fmt::format("<p class=\"soft\">{}</p>\n", line);
  if (!input.status.empty())
    out += fmt::format("<p class=\"card status\" role=\"status\">{}</p>\n",
                       markup_escaped(input.status));
  out += "<div class=\"tiles\">\n";
  const auto [accuracy, name] = main_accuracy(input, matrix);
  if (input.task == Task::labels)
    out += tile("main", percent(input.score), input.evaluated_part + " mean average precision");
  else if (input.task == Task::values)
    out += tile("main", number(input.score), input.evaluated_part + " R²");
  else if (std::isfinite(accuracy))
    out += tile("main", percent(accuracy), name);
  if (matrix.total() > 0) out += tile("", percent(balanced_accuracy(matrix)), "balanced accuracy");
  if (matrix.total() > 0 && !input.probabilities.empty()) {
    if (tells_top5(matrix.classes))
      out += tile("", percent(top_k_accuracy(input.probabilities, input.labels, matrix.classes, 5)),
                  "top-5 accuracy");
    out += tile(
        "", percent(expected_calibration_error(input.probabilities, input.labels, matrix.classes)),
        "calibration error");
  }
  if (std::isfinite(input.final_loss))
    out += tile("", fmt::format("{:.4f}", input.final_loss), input.evaluated_part + " loss");
  if (matrix.total() > 0)
    out += tile("", grouped(matrix.total()), input.evaluated_part + " images");
  if (input.time_taken_s > 0) out += tile("", duration(input.time_taken_s), "time taken");
  return out + "</div>\n";
}

std::string facts(const ReportInput& input) {
  const Facts rows = collect(input);
  if (rows.empty() && input.command.empty()) return {};
  std::string out = "<section class=\"card\"><h2>Key facts</h2>\n<dl class=\"facts\">\n";
  for (const auto& [name, value] : rows)
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", markup_escaped(name),
                       markup_escaped(value));
  return out + "</dl>\n" + command_box(input.command) + "</section>\n";
}

}  // namespace noyau::explain
