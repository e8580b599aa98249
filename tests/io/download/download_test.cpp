#include "io/download/download.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "io/download/server.hpp"
#include "noyau/error.hpp"
#include "train/networks.hpp"

namespace noyau::io {
namespace {

using test::Server;
using testing::ElementsAre;
using testing::HasSubstr;

std::string numbers(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = char(i * i % 251);
  return text;
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class DownloadTest : public testing::Test {
 protected:
  void SetUp() override {
    try {
      download({"file:///dev/null", folder_ / "probe"});
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unsupported) GTEST_SKIP() << error.what();
    }
  }
  /// The error of a download that has to fail.
  Error refusal(const Download& wanted) {
    try {
      download(wanted);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "was fetched";
    return Error(ErrorCode::internal, "", "");
  }

  training::TemporaryFolder folder_;
  std::string path_ = folder_ / "w.part";
  std::string content_ = numbers(100000);
};

TEST_F(DownloadTest, BringsAFileAndTellsHowFarItIs) {
  const Server server({.content = content_});
  std::vector<std::uint64_t> told;
  download({server.url(), path_, content_.size(), [&](std::uint64_t done, std::uint64_t all) {
              EXPECT_EQ(all, content_.size());
              told.push_back(done);
            }});
  EXPECT_EQ(bytes_of(path_), content_);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), content_.size());
  EXPECT_TRUE(std::ranges::is_sorted(told));
}

TEST_F(DownloadTest, GoesOnWhereAConnectionBroke) {
  const Server server({.content = content_, .cuts = {1000, 50000}});
  download({server.url(), path_, content_.size()});
  EXPECT_EQ(bytes_of(path_), content_);
  EXPECT_THAT(server.requests(), ElementsAre("/file 0", "/file 1000", "/file 51000"));
}

TEST_F(DownloadTest, GoesOnFromAnEarlierCall) {
  std::ofstream(path_, std::ios::binary) << content_.substr(0, 777);
  const Server server({.content = content_});
  download({server.url(), path_, content_.size()});
  EXPECT_EQ(bytes_of(path_), content_);
  EXPECT_THAT(server.requests(), ElementsAre("/file 777"));
  download({server.url(), path_, content_.size()});  // nothing is missing
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(DownloadTest, StartsOverWhereTheServerKnowsNoRanges) {
  std::ofstream(path_, std::ios::binary) << std::string(500, 'x');
  const Server server({.content = content_, .ranges = false});
  download({server.url(), path_, content_.size()});
  EXPECT_EQ(bytes_of(path_), content_);
}

TEST_F(DownloadTest, TriesAgainWhenTheServerIsBusy) {
  const Server server({.content = content_, .statuses = {503}});
  download({server.url(), path_, content_.size()});
  EXPECT_EQ(bytes_of(path_), content_);
}

TEST_F(DownloadTest, FollowsARedirectButNotToAFile) {
  const Server server({.content = content_, .redirect = "/file"});
  download({server.url("/moved"), path_, content_.size()});
  EXPECT_EQ(bytes_of(path_), content_);
  const Server bad({.redirect = "file:///etc/hostname"});
  EXPECT_EQ(refusal({bad.url("/moved"), folder_ / "other"}).code(), ErrorCode::io);
}

TEST_F(DownloadTest, RefusesMoreBytesThanExpected) {
  const Server server({.content = content_});
  const Error error = refusal({server.url(), path_, 1000});
  EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
  EXPECT_THAT(error.what(), HasSubstr("1000 bytes"));
}

TEST_F(DownloadTest, NamesTheAddressThatIsNotThere) {
  const Server server({.statuses = {404}});
  const Error error = refusal({server.url(), path_, 10});
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(error.where(), server.url());
  EXPECT_THAT(error.what(), HasSubstr("404"));
  EXPECT_EQ(refusal({"ftp://127.0.0.1/file", path_}).code(), ErrorCode::io);
  EXPECT_EQ(refusal({server.url(), folder_ / "no/w.part"}).code(), ErrorCode::io);
}

TEST_F(DownloadTest, TakesFilesOfThisMachine) {
  const std::string source = folder_ / "source";
  std::ofstream(source, std::ios::binary) << content_;
  std::ofstream(path_, std::ios::binary) << content_.substr(0, 10);
  download({"file://" + source, path_, content_.size()});
  EXPECT_EQ(bytes_of(path_), content_);
  EXPECT_EQ(refusal({"file://" + source + "x", folder_ / "other"}).code(), ErrorCode::io);
}

TEST_F(DownloadTest, AsksNoProxyForThisMachine) {
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  const Server server({.content = content_});
  download({server.url(), path_, content_.size()});
  ::unsetenv("http_proxy");
  EXPECT_EQ(bytes_of(path_), content_);
}

}  // namespace
}  // namespace noyau::io
