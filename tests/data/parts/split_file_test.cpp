// Splits from folder to file and back: groups on one side, every picture once, errors with reasons.

#include "noyau/split.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/random.hpp"
#include "data/pictures.hpp"

namespace noyau::test {
namespace {

using testing::HasSubstr;

Image noise(int seed) {
  Random random(std::uint64_t(seed), 6);
  Image image{24, 24, 1, {}};
  for (int i = 0; i < 24 * 24; ++i) image.pixels.push_back(std::uint8_t(random.below(256)));
  return image;
}

/// Two classes of 30 pictures, of ten patients each.
void write_patients(const TempFolder& folder) {
  for (int i = 0; i < 60; ++i)
    folder.write(std::string(i < 30 ? "ill" : "well") + "/p" + std::to_string(i / 3) + "_" +
                     std::to_string(i % 3) + ".png",
                 encode_png(noise(i)));
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A split file of the folder beside it.
struct SplitFolder {
  TempFolder data, out;
  std::string path = out / "split.json";
  SplitFolder() { write_patients(data); }
  Dataset open() const { return Dataset::open(data.path(), {.split = path}); }
  void write(const std::string& text) const { out.write("split.json", text); }
  std::string opening_fails() const {
    const Error error = error_of([&] { open(); });
    EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
    EXPECT_THAT(error.where(), HasSubstr("split.json"));
    return error.what();
  }
};

TEST(SplitFile, BringsEveryPictureBackInItsPart) {
  SplitFolder folder;
  const SplitPlan plan = make_split(Dataset::open(folder.data.path()), {.val = 0.2, .test = 0.2});
  write_split(folder.path, plan);
  const Dataset data = folder.open();
  std::set<std::string> seen;
  for (const Split part : {Split::train, Split::val, Split::test}) {
    std::vector<std::string> names;
    for (const Sample& sample : data.samples(part)) names.push_back(data.name(sample));
    EXPECT_EQ(names, plan.names[std::size_t(part)]);
    seen.insert(names.begin(), names.end());
  }
  EXPECT_EQ(seen.size(), 60u);
  EXPECT_EQ(data.samples(Split::val).size(), 12u);
  EXPECT_EQ(plan.counts[0], (std::array<std::int64_t, 3>{18, 6, 6}));
}

TEST(SplitFile, KeepsWhatTheExpressionNamesTogether) {
  SplitFolder folder;
  const SplitPlan plan = make_split(Dataset::open(folder.data.path()),
                                    {.val = 0.2, .test = 0.2, .group = "/(p[0-9]+)_"});
  EXPECT_EQ(plan.groups, 20);
  EXPECT_EQ(plan.largest, 3);
  EXPECT_EQ(plan.ungrouped, 0);
  std::map<std::string, std::size_t> side;
  for (std::size_t part = 0; part < 3; ++part)
    for (const std::string& name : plan.names[part])
      EXPECT_EQ(side.emplace(name.substr(0, name.find('_')), part).first->second, part) << name;
  EXPECT_EQ(plan.names[1].size(), 12u);
  EXPECT_EQ(plan.names[2].size(), 12u);
}

TEST(SplitFile, KeepsDuplicatesTogether) {
  SplitFolder folder;
  for (int i = 0; i < 20; ++i)
    folder.data.write("ill/copy" + std::to_string(i) + ".png", encode_png(noise(i)));
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Dataset data = Dataset::open(folder.data.path());
    const SplitPlan plan = make_split(data, {.val = 0.3, .test = 0.3, .seed = seed});
    EXPECT_EQ(plan.duplicates, 20);
    write_split(folder.path, plan);
    EXPECT_EQ(count(check_data(folder.open())).leaks, 0);
  }
}

/// EXIF with DateTimeOriginal in the first minutes of 2024.
Bytes taken_at(int minute) {
  const std::string time =
      "2024:01:01 00:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute) + ":00";
  Bytes bytes = {'M', 'M', 0, 42, 0, 0, 0,    8, 0, 1, 0x87, 0x69, 0, 4,  0, 0, 0, 1,  0, 0, 0, 26,
                 0,   0,   0, 0,  0, 1, 0x90, 3, 0, 2, 0,    0,    0, 20, 0, 0, 0, 44, 0, 0, 0, 0};
  bytes.insert(bytes.end(), time.begin(), time.end());
  bytes.push_back(0);
  return bytes;
}

TEST(SplitFile, KeepsPhotosOfOneMomentTogether) {
  TempFolder folder;
  for (int i = 0; i < 24; ++i)  // four in a minute each, ten minutes between them
    folder.write(std::string(i % 2 ? "a/" : "b/") + std::to_string(i) + ".jpg",
                 encode_jpeg(noise(i), {.exif = taken_at(i / 4 * 10 + i % 4 / 2)}));
  folder.write("a/unknown.jpg", encode_jpeg(noise(90)));
  const Dataset data = Dataset::open(folder.path());
  const SplitPlan plan = make_split(data, {.val = 0.2, .test = 0.2, .group = "exif-time"});
  EXPECT_EQ(plan.groups, 12);
  EXPECT_EQ(plan.largest, 2);
  EXPECT_EQ(plan.ungrouped, 1);
  EXPECT_EQ(make_split(data, {.group = "exif-time=15"}).largest, 12);
  for (const char* bad : {"exif-time=", "exif-time=0", "exif-time=x", "(", "[a"})
    EXPECT_EQ(error_of([&] { make_split(data, {.group = bad}); }).where(), "--group") << bad;
}

TEST(SplitFile, IdxSetsAreSplitByNumber) {
  TempFolder folder, out;
  Bytes pixels, labels;
  for (int i = 0; i < 40; ++i) {
    const Image image = noise(i);
    pixels.insert(pixels.end(), image.pixels.begin(), image.pixels.end());
    labels.push_back(std::uint8_t(i % 2));
  }
  folder.write("train-images-idx3-ubyte", encode_idx({40, 24, 24}, pixels));
  folder.write("train-labels-idx1-ubyte", encode_idx({40}, labels));
  const SplitPlan plan = make_split(Dataset::open(folder.path()), {.val = 0.25, .test = 0.25});
  write_split(out / "s.json", plan);
  const Dataset data = Dataset::open(folder.path(), {.split = out / "s.json"});
  EXPECT_EQ(data.samples(Split::val).size(), 10u);
  EXPECT_EQ(data.name(data.samples(Split::val)[0]), plan.names[1][0]);
  EXPECT_THAT(plan.names[1][0], HasSubstr("train-images-idx3-ubyte#"));
}

TEST(SplitFile, ChangesTheFingerprint) {
  SplitFolder folder;
  const Dataset plain = Dataset::open(folder.data.path());
  write_split(folder.path, make_split(plain));
  const std::string first = folder.open().fingerprint();
  EXPECT_NE(first, plain.fingerprint());
  EXPECT_EQ(folder.open().fingerprint(), first);
  write_split(folder.path, make_split(plain, {.seed = 1}));
  EXPECT_NE(folder.open().fingerprint(), first);
}

TEST(SplitFile, RefusesListsThatDoNotFitTheData) {
  SplitFolder folder;
  write_split(folder.path, make_split(Dataset::open(folder.data.path())));
  const std::string good = read(folder.path);
  folder.data.write("ill/new.png", encode_png(noise(77)));
  EXPECT_THAT(
      folder.opening_fails(),
      testing::AllOf(HasSubstr("does not name 1 picture: ill/new.png"), HasSubstr("noyau split")));
  std::filesystem::remove(folder.data / "ill/new.png");
  std::filesystem::remove(folder.data / "ill/p3_1.png");
  EXPECT_THAT(folder.opening_fails(), HasSubstr("names 1 picture: ill/p3_1.png that is not there"));
  folder.data.write("ill/p3_1.png", std::string("no picture any more"));
  folder.open();  // a damaged picture is skipped as ever
}

TEST(SplitFile, RefusesWhatIsNoSplit) {
  SplitFolder folder;
  EXPECT_EQ(error_of([&] { folder.open(); }).code(), ErrorCode::io);
  const std::pair<const char*, const char*> cases[] = {
      {"", "not JSON at byte"},
      {"{\"train\": [\"a\"", "not JSON at byte"},
      {"[]", "no list \"train\""},
      {"{\"val\": []}", "no list \"train\""},
      {"{\"train\": 3}", "\"train\" is no list"},
      {"{\"train\": [1]}", "something else than names"},
      {"{\"train\": [], \"val\": {}}", "\"val\" is no list"},
      {"{\"train\": [\"ill/p0_0.png\", \"ill/p0_0.png\"]}", "twice, in train and train"},
      {"{\"train\": [\"x\"], \"test\": [\"x\"]}", "twice, in train and test"},
      {"{\"train\": [\"../etc/passwd\"]}", "does not name 60 pictures, such as ill/p0_0.png"},
  };
  for (const auto& [text, reason] : cases) {
    folder.write(text);
    EXPECT_THAT(folder.opening_fails(), HasSubstr(reason)) << text;
  }
  write_split(folder.path, make_split(Dataset::open(folder.data.path())));
  const std::string good = read(folder.path);
  for (std::size_t cut = 0; cut + 2 < good.size(); cut += 7) {
    folder.write(good.substr(0, cut));
    folder.opening_fails();
  }
  folder.write("{\"train\": " + std::string(1 << 20, '[') + "}");
  EXPECT_THAT(folder.opening_fails(), HasSubstr("not JSON"));
}

TEST(SplitFile, RefusesClassesWithoutTraining) {
  SplitFolder folder;
  SplitPlan plan = make_split(Dataset::open(folder.data.path()));
  auto& [train, val, test] = plan.names;
  std::erase_if(train, [&val = val](const std::string& name) {
    const bool moved = name.starts_with("ill/");
    if (moved) val.push_back(name);
    return moved;
  });
  write_split(folder.path, plan);
  EXPECT_THAT(folder.opening_fails(), HasSubstr("no training picture of class \"ill\""));
}

TEST(SplitFile, GoesWithFoldsNot) {
  SplitFolder folder;
  write_split(folder.path, make_split(Dataset::open(folder.data.path())));
  EXPECT_THAT(error_of([&] {
                Dataset::open(folder.data.path(), {.folds = 3, .split = folder.path});
              }).what(),
              HasSubstr("--folds"));
}

TEST(SplitFile, IsNotWrittenIntoTheDataNorWithNamesThatJsonCannotHold) {
  SplitFolder folder;
  SplitPlan plan = make_split(Dataset::open(folder.data.path()));
  EXPECT_THROW(write_split(folder.data / "split.json", plan), Error);
  plan.names[0].push_back("ill/\xFF.png");
  EXPECT_EQ(error_of([&] { write_split(folder.path, plan); }).code(), ErrorCode::unsupported);
  EXPECT_FALSE(std::filesystem::exists(folder.path));
}

}  // namespace
}  // namespace noyau::test
