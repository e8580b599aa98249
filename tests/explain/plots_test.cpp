#include <gtest/gtest.h>

#include <limits>

#include "explain/files.hpp"
#include "explain/samples.hpp"
#include "noyau/error.hpp"

namespace noyau::explain {
namespace {

namespace fs = std::filesystem;

TEST(Plots, AreWellFormedForFewAndManyClasses) {
  for (const auto& [classes, epochs] : {std::pair(2, 1), {10, 20}, {100, 3}}) {
    const TemporaryFolder folder;
    write_plots(folder / "plots", sample_run(classes, epochs, 12));
    for (const char* name : {"loss", "accuracy", "lr", "confusion", "reliability"}) {
      const std::string svg = contents(folder / ("plots/" + std::string(name) + ".svg"));
      EXPECT_EQ(svg.rfind("<svg xmlns=", 0), 0u) << name;
      EXPECT_TRUE(balanced(svg)) << name;
      EXPECT_EQ(svg.find("nan"), std::string::npos) << name;
      EXPECT_EQ(occurrences(svg, "http"), 1u) << name;  // the namespace, which is not fetched
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "plots"), {}), 5);
  }
}

TEST(Plots, ShowEveryCountOfTheMatrix) {
  ReportInput input;
  input.classes = {"cat", "<b>dog</b>"};
  input.labels = {0, 0, 0, 1};
  input.predictions = {0, 0, 1, 1};
  const TemporaryFolder folder;
  write_plots(folder.path(), input);
  const std::string svg = contents(folder / "confusion.svg");
  EXPECT_EQ(occurrences(svg, "class=\"hit\""), 2u);
  EXPECT_EQ(occurrences(svg, "class=\"miss\""), 1u);
  EXPECT_NE(svg.find("true: cat\npredicted: &lt;b&gt;dog&lt;/b&gt;\n1 of 3 (33.3 %)"),
            std::string::npos);
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "loss.svg"));
}

TEST(Plots, LeaveGapsForValuesThatAreNotFinite) {
  ReportInput input = sample_run(3, 9, 4);
  input.epochs[3].train_loss = std::numeric_limits<double>::infinity();
  input.epochs[5].train_loss = kNotMeasured;
  for (EpochRow& row : input.epochs) row.val_loss = row.lr = kNotMeasured;
  const TemporaryFolder folder;
  write_plots(folder.path(), input);
  const std::string svg = contents(folder / "loss.svg");
  const std::size_t path = svg.find("<path d=\"M");
  ASSERT_NE(path, std::string::npos);
  EXPECT_EQ(occurrences(svg.substr(path, svg.find("class", path) - path), "M"), 3u);
  EXPECT_EQ(occurrences(svg, "<circle"), 7u);
  EXPECT_EQ(svg.find("validation"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "lr.svg"));
}

TEST(Plots, NameTheFolderThatCannotBeMade) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  try {
    write_plots(folder / "file/plots", sample_run(2, 1, 2));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_EQ(error.where(), folder / "file/plots");
  }
}

}  // namespace
}  // namespace noyau::explain
