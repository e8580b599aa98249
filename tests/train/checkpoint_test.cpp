#include "train/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "base/checksum.hpp"
#include "networks.hpp"
#include "noyau/error.hpp"
#include "train/checkpoint_format.hpp"

namespace noyau::training {
namespace {

Checkpoint sample() {
  Checkpoint c;
  Tensor weight(Shape{2, 3}), scalar(Shape{}, DType::f64), empty(Shape{0, 4}, DType::u8);
  for (std::size_t i = 0; i < 6; ++i) weight.as<float>()[i] = float(i) - 2.5f;
  scalar.as<double>()[0] = 1.0 / 3.0;
  c.buffers.emplace_back("momentum/fc.weight", weight);
  c.weights.emplace_back("fc.weight", std::move(weight));
  c.weights.emplace_back("scalar", std::move(scalar));
  c.weights.emplace_back("empty", std::move(empty));
  c.position = {3, 7, 127, {.loss = 0.1, .top1 = 5, .top5 = 9, .samples = 11}};
  c.plateau = {.best = 0.5, .bad_epochs = 3, .cooldown = 2, .scale = 0.01};
  c.seed = 0xFFFFFFFFFFFFFFFFull;
  c.best_score = 0.75;
  c.best_epoch = 2;
  c.history = {{1, 2.5, 0.1, 1.5, 1.25, 0.5, 0.9, 1000, 0.01}, {.epoch = 2, .top1 = 0.75}};
  c.notes = {{"model", "lenet5"}, {"classes", std::string("a\0b\n", 4)}, {"", ""}};
  return c;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
}
std::size_t files_in(const std::string& folder) {
  return std::size_t(std::distance(std::filesystem::directory_iterator(folder), {}));
}

class CheckpointFile : public testing::Test {
 protected:
  void SetUp() override { save_checkpoint(path_, sample()); }
  TemporaryFolder folder_;
  std::string path_ = folder_ / "last.noyau";
};

TEST_F(CheckpointFile, RoundTrips) {
  const Checkpoint a = sample(), b = load_checkpoint(path_);
  EXPECT_THAT(differing(a.weights, b.weights), testing::IsEmpty());
  EXPECT_EQ(a.weights.size(), b.weights.size());
  EXPECT_THAT(differing(a.buffers, b.buffers), testing::IsEmpty());
  EXPECT_EQ(a.position, b.position);
  EXPECT_EQ(a.plateau, b.plateau);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.best_score, b.best_score);
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(a.history, b.history);
  EXPECT_EQ(a.notes, b.notes);
}

TEST_F(CheckpointFile, SameStateGivesTheSameBytesAndNoLitter) {
  const std::string first = read_file(path_);
  save_checkpoint(path_, sample());
  EXPECT_EQ(read_file(path_), first);
  EXPECT_EQ(files_in(folder_.path()), 1u);
}

TEST_F(CheckpointFile, EveryFlippedBitIsNoticed) {
  const std::string good = read_file(path_);
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    std::string bad = good;
    bad[byte] = char(bad[byte] ^ (1 << (byte * 5 % 8)));
    write_file(path_, bad);
    try {
      load_checkpoint(path_);
      FAIL() << "accepted a flipped bit in byte " << byte;
    } catch (const Error& error) {
      // Another version number may be a newer format, so it is named as that.
      const bool version = byte >= 8 && byte < 12;
      EXPECT_EQ(error.code(), version ? ErrorCode::unsupported : ErrorCode::corrupt_file)
          << "byte " << byte << ": " << error.what();
      EXPECT_THAT(error.where(), testing::StartsWith(path_));
    }
  }
}

TEST_F(CheckpointFile, EveryOtherLengthIsNoticed) {
  const std::string good = read_file(path_);
  for (std::size_t length = 0; length < good.size(); ++length) {
    write_file(path_, good.substr(0, length));
    EXPECT_THROW(load_checkpoint(path_), Error) << length;
  }
  write_file(path_, good + '\0');
  EXPECT_THROW(load_checkpoint(path_), Error);
}

/// A file whose checksums are right and whose header lies.
std::string forged(const std::vector<std::byte>& header, std::uint32_t version = kVersion) {
  std::string file(kMagic.begin(), kMagic.end());
  const auto put = [&file](auto value) {
    file.append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  put(version);
  put(crc32c(header));
  put(std::uint64_t(header.size()));
  file.append(reinterpret_cast<const char*>(header.data()), header.size());
  StreamChecksum checksum;
  checksum.add(std::as_bytes(std::span(file)));
  put(checksum.value());
  return file;
}

TEST_F(CheckpointFile, HeadersThatLieTakeNoMemory) {
  TensorEntry huge{.name = "huge", .shape = Shape{1 << 30, 1 << 30}};
  TensorEntry beyond{.name = "beyond", .shape = Shape{1ll << 40, 1ll << 40, 1ll << 40}};
  TensorEntry none{.name = "none", .shape = Shape{0}};
  const std::vector<std::vector<TensorEntry>> lies = {{huge}, {beyond}, {none, none}};
  for (const auto& lie : lies) {
    write_file(path_, forged(encode_header({}, lie)));
    try {
      load_checkpoint(path_);
      FAIL() << "accepted " << lie.front().name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt_file);
      EXPECT_THAT(error.what(), testing::HasSubstr(lie.front().name));
    }
  }
  write_file(path_, forged(encode_header({}, {none})));
  EXPECT_NO_THROW(load_checkpoint(path_));
}

TEST_F(CheckpointFile, OfVersion1IsReadToo) {
  const TensorEntry velocity{
      .role = TensorEntry::Role::buffer, .name = "fc.weight", .shape = Shape{0}};
  const Checkpoint state{.position = {3, 7, 127, {}}, .plateau = {.scale = 0.1}, .seed = 5};
  std::vector<std::byte> header = encode_header(state, {velocity});
  const auto plateau = header.begin() + 80;  // after position, totals, seed and best
  header.erase(plateau, plateau + 32);
  write_file(path_, forged(header, 1));
  const Checkpoint c = load_checkpoint(path_);
  EXPECT_EQ(c.position, state.position);
  EXPECT_EQ(c.seed, 5u);
  EXPECT_EQ(c.plateau, PlateauState{});
  ASSERT_EQ(c.buffers.size(), 1u);
  EXPECT_EQ(c.buffers[0].first, "momentum/fc.weight");
}

TEST_F(CheckpointFile, MissingFilesAndFoldersAreNamed) {
  for (const std::string& path : {folder_ / "absent", folder_.path(), std::string("/dev/zero")}) {
    try {
      load_checkpoint(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::io);
      EXPECT_EQ(error.where(), path);
    }
  }
}

TEST_F(CheckpointFile, FailedSavesLeaveTheOldFile) {
  EXPECT_THROW(save_checkpoint(folder_ / "absent/last.noyau", sample()), Error);
  // A folder in the way makes the rename fail, after everything was written.
  const std::string blocked = folder_ / "blocked";
  std::filesystem::create_directories(blocked + "/inside");
  EXPECT_THROW(save_checkpoint(blocked, sample()), Error);
  EXPECT_EQ(files_in(folder_.path()), 2u);
  EXPECT_NO_THROW(load_checkpoint(path_));
}

}  // namespace
}  // namespace noyau::training
