#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "explain/architecture/layout.hpp"
#include "explain/architecture/stage.hpp"
#include "explain/files.hpp"
#include "explain/plot/svg.hpp"
#include "noyau/error.hpp"
#include "noyau/model.hpp"

namespace noyau::explain {
namespace {

Drawing drawing_of(const std::string& model) {
  return group_blocks(fold_layers(summarise({.name = model}).layers));
}

std::vector<std::string> models() {
  std::vector<std::string> names;
  for (const ZooEntry& entry : zoo_models()) names.push_back(entry.name);
  return names;
}

class EveryNetwork : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Zoo, EveryNetwork, testing::ValuesIn(models()),
                         [](const auto& test) { return test.param; });

TEST_P(EveryNetwork, HasEachUnitInOneStage) {
  const Drawing drawing = drawing_of(GetParam());
  const std::vector<Block> blocks = find_blocks(drawing.units);
  int next = 0;
  std::set<std::string> names;
  for (const Block& block : blocks) {
    for (const int unit : block.units) EXPECT_EQ(unit, next++);
    EXPECT_TRUE(names.insert(block.name).second) << block.name << " is there twice";
  }
  EXPECT_EQ(next, int(drawing.units.size()));
  int repeats = 0;
  for (const Stage& stage : drawing.stages) repeats += stage.repeats;
  EXPECT_EQ(repeats, int(blocks.size()));
}

TEST_P(EveryNetwork, ReadsFromABlockOnlyItsLastUnit) {
  const Drawing drawing = drawing_of(GetParam());
  int input = -1;
  for (const Block& block : find_blocks(drawing.units)) {
    EXPECT_EQ(block.input, input) << block.name;
    input = block.units.back();
  }
}

struct Rect {
  double left, top, right, bottom;
};

bool overlap(const Rect& a, const Rect& b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/// The boxes and circles of units, those of blocks among them.
std::vector<Rect> rectangles(const std::string& svg) {
  static const std::regex kRect(
      R"re(<rect class="u [a-z]+" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)")re");
  static const std::regex kCircle(
      R"re(<circle class="u [a-z]+" cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)")re");
  std::vector<Rect> found;
  const auto number = [](const std::smatch& m, int i) { return std::stod(m[std::size_t(i)]); };
  for (std::sregex_iterator m(svg.begin(), svg.end(), kRect), end; m != end; ++m)
    found.push_back({number(*m, 1), number(*m, 2), number(*m, 1) + number(*m, 3),
                     number(*m, 2) + number(*m, 4)});
  for (std::sregex_iterator m(svg.begin(), svg.end(), kCircle), end; m != end; ++m)
    found.push_back({number(*m, 1) - number(*m, 3), number(*m, 2) - number(*m, 3),
                     number(*m, 1) + number(*m, 3), number(*m, 2) + number(*m, 3)});
  return found;
}

TEST_P(EveryNetwork, IsDrawnWellFormedWithoutOverlapsAndInsideThePicture) {
  const ModelSummary summary = summarise({.name = GetParam()});
  const std::string svg = architecture_svg(summary);
  EXPECT_TRUE(balanced(svg));
  EXPECT_EQ(svg, architecture_svg(summary));
  EXPECT_LT(svg.size(), 60'000u);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(occurrences(svg, "http"), 1u);  // the namespace, which is not fetched
  static const std::regex kView(R"re(viewBox="0 0 ([\d.]+) ([\d.]+)")re");
  std::smatch view;
  ASSERT_TRUE(std::regex_search(svg, view, kView));
  const double width = std::stod(view[1]), height = std::stod(view[2]);
  EXPECT_LE(width, 1200);
  const std::vector<Rect> boxes = rectangles(svg);
  EXPECT_GE(boxes.size(), drawing_of(GetParam()).stages.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Rect& a = boxes[i];
    EXPECT_TRUE(a.left >= 0 && a.top >= 0 && a.right <= width && a.bottom <= height) << i;
    for (std::size_t j = i + 1; j < boxes.size(); ++j)
      EXPECT_FALSE(overlap(a, boxes[j])) << i << " and " << j;
  }
}

/// Where each text lies, as wide as a common font would make it.
std::vector<Rect> texts(const std::string& svg) {
  static const std::map<std::string, double> kSizes{{"t", 11},  {"s", 10},     {"b", 13},
                                                    {"on", 12}, {"title", 16}, {"label", 12}};
  static const std::regex kText(
      R"re(<text x="([\d.]+)" y="([\d.]+)" class="([a-z]+)" text-anchor="([a-z]+)">([^<]*)<)re");
  std::vector<Rect> found;
  for (std::sregex_iterator m(svg.begin(), svg.end(), kText), end; m != end; ++m) {
    const double size = kSizes.at((*m)[3]), width = text_width((*m)[5].str(), size);
    const double left = std::stod((*m)[1]) - ((*m)[4] == "middle" ? width / 2 : 0);
    const double line = std::stod((*m)[2]);
    found.push_back({left, line - 0.75 * size, left + width, line});
  }
  return found;
}

TEST_P(EveryNetwork, HasNoTextThatLiesOnAnotherOrLeavesThePicture) {
  const std::string svg = architecture_svg(summarise({.name = GetParam()}));
  const std::vector<Rect> all = texts(svg);
  EXPECT_EQ(all.size(), occurrences(svg, "<text "));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(all[i].left >= 0 && all[i].right <= 1200) << i;
    for (std::size_t j = i + 1; j < all.size(); ++j)
      EXPECT_FALSE(overlap(all[i], all[j])) << i << " and " << j;
  }
}

TEST_P(EveryNetwork, NamesEachKindOfBlockOnce) {
  const Drawing drawing = drawing_of(GetParam());
  std::set<std::string> names;
  std::size_t blocks = 0;
  for (const BlockKind& kind : drawing.kinds) {
    names.insert(kind.names.begin(), kind.names.end());
    blocks += kind.names.size();
  }
  EXPECT_EQ(names.size(), blocks);
}

std::vector<std::string> rows(const Drawing& drawing) {
  std::vector<std::string> list;
  for (const Stage& stage : drawing.stages) {
    std::string text = stage.kind < 0 ? heading(drawing.units[std::size_t(stage.block.units[0])])
                                      : std::string(1, char('A' + stage.kind));
    if (stage.residual) text += " residual";
    if (stage.block.dense_layers > 0) text += " dense" + std::to_string(stage.block.dense_layers);
    if (stage.repeats > 1) text += " x" + std::to_string(stage.repeats);
    list.push_back(text);
  }
  return list;
}

TEST(Architecture, ShowsTheStagesOfResNet50) {
  EXPECT_THAT(rows(drawing_of("resnet50")),
              testing::ElementsAre("conv 7x7 s2", "max pool 3x3 s2", "A residual", "B residual x2",
                                   "A residual", "B residual x3", "A residual", "B residual x5",
                                   "A residual", "B residual x2", "global pool", "linear"));
}

TEST(Architecture, ShowsNineInceptionModulesOfOneKind) {
  const Drawing drawing = drawing_of("googlenet");
  ASSERT_EQ(drawing.kinds.size(), 1u);
  EXPECT_EQ(drawing.kinds[0].names.size(), 9u);
  const BlockLayout layout = lay_out(drawing.units, drawing.kinds[0].block.units);
  std::set<double> lanes;
  for (std::size_t i = 0; i + 1 < layout.boxes.size(); ++i) lanes.insert(layout.boxes[i].x);
  EXPECT_EQ(lanes.size(), 4u);
  EXPECT_EQ(drawing_of("inception_v3").kinds.size(), 5u);
}

TEST(Architecture, ShowsTheDenseBlocksOfDenseNet) {
  const Drawing drawing = drawing_of("densenet121");
  const std::vector<std::string> list = rows(drawing);
  for (const char* block : {"A dense6", "A dense12", "A dense24", "A dense16"})
    EXPECT_THAT(list, testing::Contains(block));
  // Input, six layers and output, each joined with all behind its neighbour.
  const std::string svg = architecture_svg(summarise({.name = "densenet121"}));
  EXPECT_EQ(occurrences(svg, "<path class=\"skip\""), 7u * 6 / 2 + 1);
}

TEST(Architecture, TakesTheSideOfSqueezeAndExcitationOutOfTheMainPath) {
  const Drawing drawing = drawing_of("seresnet50");
  const Block& block = drawing.kinds[1].block;  // identity shortcut
  const BlockLayout layout = lay_out(drawing.units, block.units);
  const auto box = [&](const std::string& name) {
    for (std::size_t i = 0; i < layout.units.size(); ++i)
      if (drawing.units[std::size_t(layout.units[i])].name == block.name + name)
        return layout.boxes[i];
    ADD_FAILURE() << name;
    return Box{};
  };
  EXPECT_EQ(box(".conv3").middle(), box(".se.scale").middle());
  EXPECT_GT(box(".se.fc1").x, box(".conv3").right());
  int skips = 0;
  for (const PlacedEdge& edge : layout.edges) skips += edge.route == Route::skip;
  EXPECT_EQ(skips, 1);
}

TEST(Architecture, KeepsNormsAheadOfConvolutionsApart) {
  const Drawing drawing = drawing_of("cifar_wide_resnet16_4");
  const Unit& first = drawing.units[std::size_t(drawing.kinds[0].block.units[0])];
  EXPECT_EQ(first.name, "layer1.0.bn1");
  EXPECT_EQ(heading(first), "BN");
  EXPECT_EQ(subheading(first), "ReLU");
}

TEST(Architecture, EscapesNamesAndDrawsWhatItDoesNotKnow) {
  ModelSummary summary;
  summary.name = "<net>";
  summary.input = Shape{1, 8, 8, 3};
  summary.layers.push_back(
      {.name = "a<b", .op = "warp & weft", .kernel = "", .output = {1, 8, 8, 3}, .inputs = {-1}});
  const std::string svg = architecture_svg(summary);
  EXPECT_TRUE(balanced(svg));
  EXPECT_THAT(svg, testing::HasSubstr("warp &amp; weft"));
  EXPECT_EQ(svg.find("<net>"), std::string::npos);
  summary.layers.clear();
  EXPECT_TRUE(balanced(architecture_svg(summary)));
}

TEST(SummaryPage, HoldsPictureAndTableAndNeedsNoNetwork) {
  const TemporaryFolder folder;
  const ModelSummary summary = summarise({.name = "cifar_resnet20"});
  write_summary_page(folder / "page.html", summary);
  const std::string page = contents(folder / "page.html");
  EXPECT_THAT(page, testing::HasSubstr(architecture_svg(summary)));
  EXPECT_EQ(occurrences(page, "<tr>"), summary.layers.size() + 2);
  EXPECT_EQ(occurrences(page, "http"), 2u);  // the namespace and the policy
  EXPECT_THROW(write_summary_page(folder / "none/page.html", summary), Error);
  EXPECT_THROW(write_architecture_svg(folder / "none/a.svg", summary), Error);
}

}  // namespace
}  // namespace noyau::explain
