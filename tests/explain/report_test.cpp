#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "explain/files.hpp"
#include "explain/samples.hpp"
#include "noyau/error.hpp"

namespace noyau::explain {
namespace {

namespace fs = std::filesystem;

std::string report_of(const ReportInput& input) {
  const TemporaryFolder folder;
  write_report(folder / "report.html", input);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);  // no temporary file
  return contents(folder / "report.html");
}

// The page without its scripts and styles, which quote markup of their own.
std::string body_of(const std::string& html) {
  std::string body;
  std::size_t at = 0;
  while (at < html.size()) {
    const std::size_t script = std::min(html.find("<script", at), html.find("<style", at));
    body += html.substr(at, script - at);
    if (script == std::string::npos) break;
    at = html.find(html.compare(script, 7, "<script") == 0 ? "</script>" : "</style>", script);
  }
  return body;
}

Mistake sample_mistake() { return {gradient_picture(8, 3), "test/7.png", 1, 2, 0.97, 0.02, 3.9}; }

void add_advice_and_pictures(ReportInput& input, const std::string& text) {
  input.advice = {text, {{text, text}}, {text, text}};
  input.suspicious = {{gradient_picture(8, 3), text, 1, 2, 0.04, 0.91}};
  input.duplicates = {{text, {{gradient_picture(8, 1), text, text}, {{}, text, text}}}};
}

TEST(Report, HoldsEverySection) {
  ReportInput input = sample_run(6, 4, 40);
  input.prediction_s = 0.00123;
  input.threads = 2;
  input.facts = {{"Optimizer", "SGD"}};
  input.mistakes = {sample_mistake()};
  input.skipped = {{"a/b.png", "truncated"}};
  input.skipped_total = 3;
  input.status = "interrupted after epoch 4";
  add_advice_and_pictures(input, "mobilenet_v2 at 160");
  input.suspicious_total = 12;
  input.duplicates_total = 3;
  const std::string html = report_of(input);
  for (const char* text : {"<h1>lenet5 on shapes</h1>",
                           "2026-11-24 18:00 UTC",
                           "test accuracy",
                           "balanced accuracy",
                           "top-5 accuracy",
                           "calibration error",
                           "95.5 s",
                           "1,234,567",
                           "8 × 8 × 1",
                           "<dt>Seed</dt><dd>7</dd>",
                           "<dt>Optimizer</dt><dd>SGD</dd>",
                           "noyau train shapes --model lenet5 --seed 7",
                           "id=\"curve-loss\"",
                           "id=\"curve-accuracy\"",
                           "id=\"curve-lr\"",
                           "Confusion matrix",
                           "Most frequent mistakes",
                           "class=\"sortable\"",
                           "data:image/png;base64,iVBORw0KGgo",
                           "97.0 %",
                           "2.0 %",
                           "test/7.png",
                           "a/b.png",
                           "truncated",
                           "3 files were not used",
                           "and 2 more",
                           "interrupted after epoch 4",
                           "Chart.js 3.",
                           "MIT licence",
                           "Permission is hereby granted",
                           "<dt>Prediction time per image</dt><dd>1.23 ms (2 threads, reading",
                           "<h2>Advice</h2>\n<p>mobilenet_v2 at 160</p>",
                           "<h3 style=\"margin-top:18px\">Why</h3>",
                           "95 % interval",
                           "<h2>Calibration</h2>",
                           "expected calibration error",
                           "<h2>Suspicious labels</h2>",
                           "12 pictures look like another class",
                           "and 11 more",
                           "<dt>looks like</dt><dd><b>class 2</b>",
                           "<h2>Duplicates</h2>",
                           "3 groups of pictures",
                           "prefers-color-scheme: dark",
                           "@media print"})
    EXPECT_NE(html.find(text), std::string::npos) << text;
}

TEST(Report, StatesTheAccuracyOfTheEvaluatedPart) {
  ReportInput input = sample_run(2, 3, 4);
  input.labels = {0, 0, 0, 1};
  input.predictions = {0, 0, 0, 0};
  input.probabilities.clear();
  const std::string html = report_of(input);
  EXPECT_NE(html.find("<b>75.00 %</b><span class=\"soft\">test accuracy"), std::string::npos);
  EXPECT_NE(html.find("<b>50.00 %</b><span class=\"soft\">balanced accuracy"), std::string::npos);
  EXPECT_EQ(html.find("calibration error"), std::string::npos);
}

TEST(Report, TellsTop5WhereMoreThanFiveClassesCanMissIt) {
  EXPECT_NE(report_of(sample_run(6, 3, 4)).find("validation top-5"), std::string::npos);
  EXPECT_EQ(report_of(sample_run(5, 3, 4)).find("top-5"), std::string::npos);
}

TEST(Report, FallsBackOnTheValidationAccuracyOfTheBestEpoch) {
  ReportInput input = sample_run(3, 3, 0);
  input.epochs[1].top1 = 0.875;
  input.best_epoch = 2;
  EXPECT_NE(
      report_of(input).find("<b>87.50 %</b><span class=\"soft\">validation accuracy, epoch 2"),
      std::string::npos);
}

TEST(Report, AsksForNothingFromOutside) {
  ReportInput input = sample_run(4, 5, 20);
  input.mistakes = {sample_mistake()};
  const std::string html = report_of(input);
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  const std::regex outside(R"((src|href|srcset|action|data)\s*=\s*["'](?!data:))");
  const std::string body = body_of(html);
  EXPECT_FALSE(std::regex_search(body, outside));
  EXPECT_EQ(body.find("<link"), std::string::npos);
  EXPECT_EQ(html.find("@import"), std::string::npos);
  EXPECT_EQ(html.find("url("), std::string::npos);
}

TEST(Report, EscapesEveryTextFromOutside) {
  const std::string attack = "</script></style><img src=x onerror=\"alert('1')\">&\x01\xff";
  ReportInput input = sample_run(3, 2, 20, {attack, attack, attack});
  input.title = input.model = input.data = input.date = input.command = input.version = input.cpu =
      input.status = input.evaluated_part = attack;
  input.facts = {{attack, attack}};
  input.mistakes = {sample_mistake()};
  input.mistakes[0].source = attack;
  input.skipped = {{attack, attack}};
  add_advice_and_pictures(input, attack);
  const std::string html = report_of(input);
  EXPECT_EQ(html.find("<img src=x"), std::string::npos);
  EXPECT_EQ(html.find("alert('1')"), std::string::npos);
  EXPECT_EQ(html.find('\x01'), std::string::npos);
  EXPECT_EQ(html.find('\xff'), std::string::npos);
  EXPECT_EQ(occurrences(html, "<script"), 3u);
  EXPECT_EQ(occurrences(html, "</script>"), 3u);
  EXPECT_EQ(occurrences(html, "</style>"), 1u);
  EXPECT_NE(html.find("&lt;img src=x"), std::string::npos);
}

TEST(Report, GivesTheScriptValidJson) {
  ReportInput input = sample_run(3, 4, 5);
  input.epochs[2].val_loss = kNotMeasured;
  const std::string html = report_of(input);
  const std::string before = "<script type=\"application/json\" id=\"curves\">";
  const std::size_t start = html.find(before);
  ASSERT_NE(start, std::string::npos);
  const std::size_t end = html.find("</script>", start);
  const auto json =
      nlohmann::json::parse(html.substr(start + before.size(), end - start - before.size()));
  EXPECT_EQ(json["epochs"], nlohmann::json({1, 2, 3, 4}));
  const auto& validation = json["plots"][0]["curves"][1];
  EXPECT_EQ(validation["name"], "validation");
  EXPECT_TRUE(validation["values"][2].is_null());
  EXPECT_DOUBLE_EQ(validation["values"][0], input.epochs[0].val_loss);
}

TEST(Report, LeavesOutWhatIsNotThere) {
  const std::string html = report_of({});
  for (const char* text : {"Curves", "<h2>", "Chart.js", "nan", "Confusion"})
    EXPECT_EQ(body_of(html).find(text), std::string::npos) << text;
  EXPECT_NE(html.find("Training report"), std::string::npos);
}

TEST(Report, RefusesListsThatDoNotFitTogether) {
  const TemporaryFolder folder;
  const std::string path = folder / "report.html";
  ReportInput short_probabilities = sample_run(3, 1, 4);
  short_probabilities.probabilities.pop_back();
  EXPECT_THROW(write_report(path, short_probabilities), Error);
  ReportInput unknown_class = sample_run(3, 1, 4);
  unknown_class.mistakes = {sample_mistake()};
  unknown_class.mistakes[0].true_class = 3;
  EXPECT_THROW(write_report(path, unknown_class), Error);
  unknown_class.mistakes.clear();
  unknown_class.suspicious = {{{}, "x.png", 0, 3, 0.1, 0.9}};
  EXPECT_THROW(write_report(path, unknown_class), Error);
  EXPECT_FALSE(fs::exists(path));
}

TEST(Report, NamesThePathThatCannotBeWritten) {
  const TemporaryFolder folder;
  const std::string path = folder / "missing/report.html";
  try {
    write_report(path, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_EQ(error.where(), path);
    EXPECT_NE(error.got().find("No such file"), std::string::npos);
  }
}

TEST(Report, KeepsTheOldFileWhenTheNewOneCannotTakeItsPlace) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "report.html/inside");
  EXPECT_THROW(write_report(folder / "report.html", {}), Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
  EXPECT_TRUE(fs::exists(folder / "report.html/inside"));
}

}  // namespace
}  // namespace noyau::explain
