// The page and the tables of a check: complete, escaped, and nowhere near the data.

#include "noyau/check_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/files.hpp"
#include "noyau/error.hpp"
#include "noyau/report.hpp"

namespace noyau::explain {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

void write_picture(const std::string& path, int seed) {
  Picture picture{.height = 40, .width = 60, .channels = 3, .pixels = {}};
  for (int i = 0; i < 40 * 60 * 3; ++i)
    picture.pixels.push_back(std::uint8_t((i / 7 * 13 + i * seed * 7 + i / 180 * seed * 31) % 251));
  const std::vector<std::uint8_t> bytes = encode_png(picture);
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), std::ptrdiff_t(bytes.size()));
}

/// Two classes, one of them with a name that wants escaping; a leak, a damaged file.
class CheckReport : public testing::Test {
 protected:
  void SetUp() override {
    const std::string odd = "a<b>, \"c\"";
    for (int i = 0; i < 8; ++i)
      write_picture(
          folder_ / ("data/train/" + (i % 2 ? odd : "plain") + "/" + std::to_string(i) + ".png"),
          i);
    write_picture(folder_ / "data/test/plain/0.png", 0);
    write_picture(folder_ / ("data/test/" + odd + "/9.png"), 9);
    std::ofstream(folder_ / "data/train/plain/bad.png") << "\x89PNG\r\n\x1A\n and no more";
    const Dataset data = Dataset::open(folder_ / "data", {.val_fraction = 0});
    write_check(folder_ / "out", check_data(data), data);
  }
  std::string file(const std::string& name) const { return contents(folder_ / ("out/" + name)); }

  TemporaryFolder folder_;
};

TEST_F(CheckReport, IsOnePageThatNeedsNothingElse) {
  const std::string html = file("report.html");
  for (const char* text : {"<h2>Leaks</h2>", "<h2>Classes</h2>", "<h2>Sizes and kinds</h2>",
                           "<h2>Unreadable files</h2>", "noyau split", "data:image/png;base64,",
                           "test/plain/0.png", "60 × 40", "a&lt;b&gt;, &quot;c&quot;"})
    EXPECT_THAT(html, HasSubstr(text));
  EXPECT_THAT(html, Not(HasSubstr("<b>, ")));
  EXPECT_THAT(html, Not(HasSubstr("src=\"http")));
  EXPECT_EQ(occurrences(html, "<img"), 2u);  // the two pictures of the leak
  const std::size_t begin = html.find("<main>"), end = html.find("</main>");
  EXPECT_EQ(occurrences(html.substr(begin, end - begin), "<section"),
            occurrences(html.substr(begin, end - begin), "</section>"));
}

TEST_F(CheckReport, WritesTables) {
  EXPECT_EQ(occurrences(file("pictures.csv"), "\n"), 12u);  // the header, and 11 pictures
  EXPECT_THAT(file("pictures.csv"), HasSubstr("train/plain/2.png,train,plain,1,PNG,"));
  EXPECT_THAT(file("issues.csv"), HasSubstr("unreadable,train/plain/bad.png,train,plain,"));
  const std::string rows =
      "1,exact,train/plain/0.png,train,plain\n1,exact,test/plain/0.png,test,plain\n";
  EXPECT_EQ(file("leaks.csv"), "group,kind,file,part,label\n" + rows);
  EXPECT_EQ(file("duplicates.csv"), "group,kind,file,part,label\n" + rows);
  EXPECT_EQ(file("classes.csv"),
            "class,train,val,test,all\n\"a<b>, \"\"c\"\"\",4,0,1,5\nplain,5,0,1,6\n");
}

TEST_F(CheckReport, IsNotWrittenIntoTheData) {
  const Dataset data = Dataset::open(folder_ / "data");
  EXPECT_THROW(write_check(folder_ / "data/check", check_data(data), data), Error);
  EXPECT_FALSE(fs::exists(folder_ / "data/check"));
}

}  // namespace
}  // namespace noyau::explain
