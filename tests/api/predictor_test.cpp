// Asking a model again and again: in other numbers, about images, files and damaged files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "api/cli/program.hpp"
#include "api/member.hpp"
#include "base/random.hpp"
#include "data/tar_archive.hpp"
#include "io/safetensors/writer.hpp"
#include "noyau/model.hpp"
#include "noyau/report.hpp"

namespace noyau::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Guesses = std::vector<std::vector<Guess>>;

Image noise(std::uint64_t seed, std::int64_t height, std::int64_t width) {
  Random random(seed);
  Image image{height, width, 1, {}};
  for (std::int64_t i = 0; i < height * width; ++i)
    image.pixels.push_back(std::uint8_t(random.below(256)));
  return image;
}

std::string png(const Image& image) {
  const std::vector<std::uint8_t> bytes =
      noyau::encode_png({int(image.height), int(image.width), 1, image.pixels});
  return {bytes.begin(), bytes.end()};
}

/// LeNet-5 with weights drawn from a seed, and a folder of 40 pictures of 28 x 28.
class Predictor : public testing::Test {
 protected:
  Predictor() {
    const api::NetworkSpec spec = api::spec_of(ModelOptions{.name = "lenet5", .classes = 7});
    const runtime::Weights weights(api::build_inference(spec, 1), 5);
    io::TensorList list;
    for (const std::string& name : weights.names()) list.emplace_back(name, &weights.at(name));
    io::write_safetensors(folder_ / "w.safetensors", list);
    std::filesystem::create_directory(folder_ / "photos");
    for (int i = 0; i < 40; ++i) {
      images_.push_back(noise(std::uint64_t(i), 28, 28));
      write_text(folder_ / ("photos/" + std::to_string(100 + i) + ".png"), png(images_.back()));
    }
  }
  Model model(int threads = 2) const {
    return Model::from_weights({.name = "lenet5", .classes = 7}, folder_ / "w.safetensors", {},
                               threads);
  }
  Dataset photos() const { return Dataset::open_unlabelled(folder_ / "photos", 1); }

  Folder folder_;
  std::vector<Image> images_;
};

void expect_same(const Guesses& got, const Guesses& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].size(), expected[i].size()) << i;
    for (std::size_t k = 0; k < got[i].size(); ++k) {
      EXPECT_EQ(got[i][k].class_id, expected[i][k].class_id) << i;
      EXPECT_NEAR(got[i][k].probability, expected[i][k].probability, 1e-6) << i;
    }
  }
}

TEST_F(Predictor, AnswersTheSameInWhateverNumbersItIsAsked) {
  Model asked = model();
  const Guesses expected = asked.predict(images_);
  for (const std::size_t count : {1, 3, 1, 32, 5, 40}) {
    Guesses got;
    for (std::size_t first = 0; first < images_.size(); first += count) {
      const auto begin = images_.begin() + std::ptrdiff_t(first);
      const auto size = std::ptrdiff_t(std::min(count, images_.size() - first));
      for (auto& guesses : asked.predict(std::vector<Image>(begin, begin + size)))
        got.push_back(std::move(guesses));
    }
    expect_same(got, expected);
  }
}

TEST_F(Predictor, AnswersOfFilesAreThoseOfTheirImages) {
  const Dataset data = photos();
  for (const int threads : {1, 3}) {
    Model asked = model(threads);
    expect_same(asked.predict(data, data.samples(Split::test)), asked.predict(images_));
    asked.set_views("flips");
    expect_same(asked.predict(data, data.samples(Split::test)), asked.predict(images_));
  }
  EXPECT_TRUE(model().predict(data, {}).empty());
}

TEST_F(Predictor, FollowsChangesOfViewsAndNumerics) {
  Model asked = model();
  const double one = asked.predict(images_)[0][0].probability;
  asked.set_views("flips");
  EXPECT_NE(asked.predict(images_)[0][0].probability, one);
  asked.set_views("none");
  asked.set_numerics(Numerics::exact);
  EXPECT_NEAR(asked.predict(images_)[0][0].probability, one, 1e-5);
}

TEST_F(Predictor, DamagedFilesGetNoGuessesAndAreNamed) {
  const std::string whole = png(images_[3]);
  write_text(folder_ / "photos/103.png", whole.substr(0, whole.size() / 2));
  const Dataset data = photos();
  const Guesses all = model().predict(data, data.samples(Split::test));
  Guesses expected = model().predict(images_);
  expected[3].clear();
  expect_same(all, expected);
  ASSERT_EQ(data.skipped().size(), 1u);
  EXPECT_EQ(data.skipped()[0].path, "103.png");
}

TEST_F(Predictor, NamesPicturesOfFilesFoldersAndArchivesAsTheyWereGiven) {
  const auto bytes = [&](int i) { return bytes_of(png(images_[std::size_t(i)])); };
  const Bytes archive = tar_archive(
      {tar_member("b/1.png", bytes(1)), tar_member("broken.jpg", bytes_of("\xFF\xD8\xFF"))});
  write_text(folder_ / "two words.tar", {archive.begin(), archive.end()});
  const std::string photo = folder_ / "photos/100.png", tar = folder_ / "two words.tar";
  const auto names = [&](const std::string& argument) {
    const Outcome outcome = run({"predict", folder_ / "w.safetensors", argument, "--model",
                                 "lenet5", "--classes", "7", "--top", "1", "--csv"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    std::istringstream lines(outcome.out + outcome.err);
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);)
      found.push_back(line.substr(0, line.find(',')));
    return found;
  };
  EXPECT_THAT(names(photo), ElementsAre(photo));
  EXPECT_THAT(names(tar), ElementsAre(tar + "/b/1.png",
                                      AllOf(StartsWith("noyau: warning: " + tar + "/broken.jpg: "),
                                            HasSubstr("skipped"))));
  EXPECT_EQ(names(folder_ / "photos/").front(), photo);
}

}  // namespace
}  // namespace noyau::test
