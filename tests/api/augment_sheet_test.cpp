#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/cli/program.hpp"
#include "noyau/augment.hpp"
#include "noyau/error.hpp"

namespace noyau::test {
namespace {

using testing::HasSubstr;

// Pictures of 28 x 28 are enlarged three times; 4 pixels lie between cells, 12 after the first.
constexpr int kCell = 84, kStep = kCell + 4;

Picture sheet_of(const std::string& steps, std::int64_t pictures, std::int64_t variants) {
  const Folder folder;
  write_squares(folder / "squares", 30, 6);
  TrainOptions options;
  options.data = folder / "squares";
  options.augment = steps;
  return augmentation_sheet(options, open_data(options), {pictures, variants});
}

/// The red values of one cell.
std::vector<std::uint8_t> cell(const Picture& sheet, int row, int column) {
  std::vector<std::uint8_t> values;
  const int top = 4 + row * kStep, left = (column == 0 ? 4 : 12) + column * kStep;
  for (int y = top; y < top + kCell; ++y)
    for (int x = left; x < left + kCell; ++x)
      values.push_back(sheet.pixels[std::size_t((y * sheet.width + x) * 3)]);
  return values;
}

TEST(AugmentSheet, HasARowPerPictureAndAColumnPerVariant) {
  const Picture sheet = sheet_of("none", 5, 2);
  EXPECT_EQ(sheet.height, 5 * kStep + 4);
  EXPECT_EQ(sheet.width, 3 * kStep + 12);
  for (int row = 0; row < 5; ++row) {
    EXPECT_EQ(cell(sheet, row, 1), cell(sheet, row, 0));
    EXPECT_EQ(cell(sheet, row, 2), cell(sheet, row, 0));
  }
  EXPECT_NE(cell(sheet, 0, 0), cell(sheet, 1, 0));
}

TEST(AugmentSheet, VariantsDifferFromThePictureAndFromEachOther) {
  const Picture sheet = sheet_of("rotate=40,jitter", 1, 2);
  EXPECT_NE(cell(sheet, 0, 1), cell(sheet, 0, 0));
  EXPECT_NE(cell(sheet, 0, 2), cell(sheet, 0, 1));
}

TEST(AugmentSheet, MixesThePicturesOfTheSheet) {
  const Picture sheet = sheet_of("mixup=1", 2, 1);
  const auto a = cell(sheet, 0, 0), b = cell(sheet, 1, 0), mixed = cell(sheet, 0, 1);
  EXPECT_NE(mixed, a);
  for (std::size_t i = 0; i < mixed.size(); ++i)
    ASSERT_TRUE(mixed[i] >= std::min(a[i], b[i]) && mixed[i] <= std::max(a[i], b[i]));
}

TEST(AugmentSheet, RefusesSizesOutOfRange) {
  EXPECT_THROW(sheet_of("none", 0, 1), Error);
  EXPECT_THROW(sheet_of("none", 1, 0), Error);
  EXPECT_THROW(sheet_of("none", 1, 1000), Error);  // wider than a sheet may be
}

TEST(AugmentVerb, WritesASheetAndListsTheSteps) {
  const Folder folder;
  write_squares(folder / "squares", 30, 6);
  const std::string path = folder / "sheet.png";
  const Outcome made = run(
      {"augment", folder / "squares", "--augment", "crop,flip", "--preview", path, "--count", "3"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("wrote " + path));
  EXPECT_THAT(read_text(path), testing::StartsWith("\x89PNG"));
  const Outcome list = run({"augment", "--list"});
  EXPECT_EQ(list.code, 0);
  for (const AugmentationKind& kind : augmentation_kinds())
    EXPECT_THAT(list.out, testing::ContainsRegex("(^|\n)" + kind.name + " +[a-z]"));
}

}  // namespace
}  // namespace noyau::test
