#include "data/npy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.hpp"
#include "data/slices.hpp"

namespace noyau::test {
namespace {

using data::decode_npy;
using testing::ElementsAre;
using testing::HasSubstr;

/// A file of version 1 with that header and `count` numbers 0, 1, 2...
Bytes npy(const std::string& shape, std::size_t count, const std::string& type = "'|u1'",
          const std::string& order = "False") {
  std::string header =
      "{'descr': " + type + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  header.resize((header.size() + 11 + 63) / 64 * 64 - 10, ' ');
  header.back() = '\n';
  std::string text = std::string("\x93NUMPY\x01\x00", 8) + char(header.size() % 256) +
                     char(header.size() / 256) + header;
  Bytes bytes(text.begin(), text.end());
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(std::uint8_t(i));
  return bytes;
}

std::string refusal(const Bytes& bytes) {
  return error_of([&] { decode_npy(bytes, "a.npy"); }).what();
}

TEST(Npy, TwoAxesAreAGreyPicture) {
  EXPECT_EQ(decode_npy(npy("(2, 3)", 6), "a"), (Image{2, 3, 1, {0, 1, 2, 3, 4, 5}}));
}

TEST(Npy, ThreeAxesAreAVolumeOrHaveChannels) {
  const Image volume = decode_npy(npy("(2, 2, 4)", 16), "a");
  EXPECT_EQ(volume.depth, 2);
  EXPECT_EQ(volume.height, 2);
  EXPECT_EQ(volume.width, 4);
  EXPECT_EQ(volume.channels, 1);
  const Image picture = decode_npy(npy("(2, 4, 3)", 24), "a");
  EXPECT_EQ(picture.depth, 1);
  EXPECT_EQ(picture.channels, 3);
}

TEST(Npy, FourAxesAreAVolumeWithChannels) {
  const Image volume = decode_npy(npy("(5,2,2,1)", 20), "a");
  EXPECT_EQ(volume.depth, 5);
  EXPECT_EQ(volume.channels, 1);
  EXPECT_EQ(volume.pixels.size(), 20u);
}

TEST(Npy, RefusesWhatIsNoPicture) {
  EXPECT_THAT(refusal(npy("(2, 3)", 5)), HasSubstr("5 numbers"));
  EXPECT_THAT(refusal(npy("(2, 3)", 48, "'<f8'")), HasSubstr("'<f8'"));
  EXPECT_THAT(refusal(npy("(2, 3)", 6, "'|u1'", "True")), HasSubstr("Fortran"));
  EXPECT_THAT(refusal(npy("(6,)", 6)), HasSubstr("an array of 6"));
  EXPECT_THAT(refusal(npy("(1, 2, 3, 4)", 24)), HasSubstr("1 x 2 x 3 x 4"));
  EXPECT_THAT(refusal(npy("(0, 3)", 0)), HasSubstr("without numbers"));
  EXPECT_THAT(refusal(npy("(-1, 3)", 0)), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(npy("(2, 3", 6)), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(npy("(4000000000, 4000000000)", 0)), HasSubstr("more numbers"));
  EXPECT_THAT(refusal(npy("(99999999999999999999, 1)", 0)), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal({0x93, 'N', 'U'}), HasSubstr("cut off"));
  Bytes cut = npy("(2, 3)", 6);
  cut.resize(40);
  EXPECT_THAT(refusal(cut), HasSubstr("cut off"));
  Bytes version = npy("(2, 3)", 6);
  version[6] = 9;
  EXPECT_THAT(refusal(version), HasSubstr("version"));
}

TEST(Npy, EveryCutAndEveryChangedByteIsReadOrRefused) {
  const Bytes whole = npy("(2, 3)", 6);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(decode_npy(std::span(whole).first(size), "a"), Error) << size;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const int change : {1, 16, 128}) {
      Bytes changed = whole;
      changed[i] = std::uint8_t(changed[i] ^ change);
      try {
        const Image image = decode_npy(changed, "a");
        EXPECT_EQ(std::int64_t(image.pixels.size()),
                  image.depth * image.height * image.width * image.channels);
      } catch (const Error&) {
      }
    }
}

TEST(Slices, AreSpacedEvenly) {
  const Image volume{1, 1, 1, {0, 1, 2, 3, 4, 5}, 6};
  EXPECT_THAT(data::with_depth(volume, 3).pixels, ElementsAre(1, 3, 5));
  EXPECT_THAT(data::with_depth(volume, 1).pixels, ElementsAre(3));
  EXPECT_THAT(data::with_depth(Image{1, 1, 1, {7, 9}, 2}, 4).pixels, ElementsAre(7, 7, 9, 9));
  EXPECT_EQ(data::slice(volume, 4), (Image{1, 1, 1, {4}}));
}

TEST(Slices, VolumesAreFittedSliceBySlice) {
  const Image volume = decode_npy(npy("(4, 6, 8)", 192), "a");
  const Image fitted = fit(volume, {3, 4, 1, 1.0, 2});
  EXPECT_EQ(fitted.depth, 2);
  EXPECT_EQ(fitted.pixels.size(), 24u);
  EXPECT_EQ(data::slice(fitted, 1), fit(data::slice(volume, 3), {3, 4, 1}));
}

TEST(Volumes, ClassFoldersAreReadWithTheirExtents) {
  const TempFolder folder;
  for (const char* name : {"a", "b"})
    for (int i = 0; i < 4; ++i)
      folder.write(std::string(name) + "/" + std::to_string(i) + ".npy", npy("(4, 6, 8)", 192));
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_EQ(dataset.depth(), 4);
  EXPECT_EQ(dataset.height(), 6);
  EXPECT_EQ(dataset.width(), 8);
  EXPECT_EQ(dataset.channels(), 1);
  LoaderOptions options;
  options.training = true;
  options.batch = 2;
  options.input = {6, 8, 1, 1.0, 4};
  options.augment = parse_augmentations("dflip,flip,cutmix");
  Loader loader(dataset, options);
  EXPECT_EQ(loader.next().images.shape(), (Shape{2, 4, 6, 8, 1}));
  folder.write("b/5.npy", npy("(5, 6, 8)", 240));
  EXPECT_EQ(Dataset::open(folder.path()).height(), 0);
}

}  // namespace
}  // namespace noyau::test
