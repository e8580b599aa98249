// Files that PyTorch 2.15 wrote (tests/data/pytorch/make_files.py), whole and damaged.

#include "io/pytorch/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "noyau/error.hpp"

namespace noyau::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string file(const std::string& name) {
  return std::string(NOYAU_TEST_DATA) + "/pytorch/" + name;
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string refusal(const std::string& path) {
  try {
    const PytorchReader reader(path);
    for (const StoredTensor& tensor : reader.tensors()) reader.read(tensor, NotFinite::allow);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

std::vector<float> numbers(const PytorchReader& reader, const std::string& name) {
  for (const StoredTensor& tensor : reader.tensors()) {
    if (tensor.name != name) continue;
    const Tensor read = reader.read(tensor);
    return {read.as<float>().begin(), read.as<float>().end()};
  }
  return {};
}

/// A file that goes away with the test.
struct Scratch {
  std::string path = (std::filesystem::temp_directory_path() /
                      ("noyau-pth-" + std::to_string(::getpid()) + ".pth"))
                         .string();
  explicit Scratch(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  ~Scratch() { std::filesystem::remove(path); }
};

TEST(PytorchReader, ReadsArchivesAndStreamsAlike) {
  for (const char* name : {"small.pth", "stream.pth"}) {
    const PytorchReader reader(file(name));
    std::vector<std::string> names;
    for (const StoredTensor& tensor : reader.tensors()) names.push_back(tensor.name);
    EXPECT_THAT(names, ElementsAre("conv.weight", "conv.bias", "bn.num_batches_tracked", "half",
                                   "bf16", "double", "view", "empty"));
    EXPECT_THAT(reader.tensors()[0].shape, ElementsAre(2, 3, 2, 2));
    const std::vector<float> weight = numbers(reader, "conv.weight");
    ASSERT_EQ(weight.size(), 24u);
    for (std::size_t i = 0; i < weight.size(); ++i) EXPECT_EQ(weight[i], float(i) / 8);
    EXPECT_THAT(numbers(reader, "conv.bias"), ElementsAre(0.5f, -1.25f));
    EXPECT_THAT(numbers(reader, "half"), ElementsAre(1.5f, -2));
    EXPECT_THAT(numbers(reader, "bf16"), ElementsAre(3, 0.125f));
    EXPECT_THAT(numbers(reader, "double"), ElementsAre(1e-3f));
    EXPECT_THAT(numbers(reader, "view"), ElementsAre(0.5f, 0.625f, 0.75f, 0.875f, 1, 1.125f));
    EXPECT_EQ(reader.tensors()[2].type, StoredType::i64);
  }
}

TEST(PytorchReader, ReadsTransposedTensorsInOrder) {
  const PytorchReader reader(file("transposed.pth"));
  EXPECT_THAT(reader.tensors()[0].shape, ElementsAre(6, 4));
  const std::vector<float> w = numbers(reader, "w");
  ASSERT_EQ(w.size(), 24u);
  for (std::size_t row = 0; row < 6; ++row)
    for (std::size_t column = 0; column < 4; ++column)
      EXPECT_EQ(w[row * 4 + column], float(column * 6 + row) / 8);
}

TEST(PytorchReader, FindsTheStateDictOfACheckpoint) {
  for (const char* name : {"checkpoint.pth", "checkpoint_stream.pth"}) {
    const PytorchReader reader(file(name));
    ASSERT_EQ(reader.tensors().size(), 2u) << name;
    EXPECT_EQ(reader.tensors()[0].name, "conv.weight");
    EXPECT_THAT(numbers(reader, "conv.bias"), ElementsAre(0.5f, -1.25f)) << name;
  }
}

TEST(PytorchReader, NothingInAFileIsRun) {
  const std::string text = refusal(file("evil.pth"));
  EXPECT_THAT(text, HasSubstr("system"));
  EXPECT_THAT(text, HasSubstr("nothing in a weight file is run"));
  EXPECT_THAT(refusal(file("module.pth")), HasSubstr("torch.nn.modules.linear.Linear"));
}

TEST(PytorchReader, SaysWhatItCannotRead) {
  EXPECT_THAT(refusal(file("list.pth")), HasSubstr("no dict of tensors"));
  EXPECT_THAT(refusal(file("absent.pth")), HasSubstr("absent.pth"));
  const Scratch text("not weights at all");
  EXPECT_THAT(refusal(text.path), HasSubstr("not a file of torch.save"));
  const Scratch empty("");
  EXPECT_THAT(refusal(empty.path), HasSubstr("not a file of torch.save"));
}

/// A damaged file is refused, or read where the damage touched numbers only.
void expect_no_crash(const std::string& bytes) {
  const Scratch damaged(bytes);
  refusal(damaged.path);
}

TEST(PytorchReader, EveryCutIsRefused) {
  for (const char* name : {"checkpoint.pth", "checkpoint_stream.pth"}) {
    const std::string whole = bytes_of(file(name));
    for (std::size_t size = 0; size < whole.size(); size += 7) {
      const Scratch cut(whole.substr(0, size));
      EXPECT_NE(refusal(cut.path), "nothing") << name << " " << size;
    }
  }
}

TEST(PytorchReader, EveryChangedByteIsReadOrRefused) {
  for (const char* name : {"checkpoint.pth", "checkpoint_stream.pth", "transposed.pth"}) {
    const std::string whole = bytes_of(file(name));
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (const int change : {1, 64, 255}) {
        std::string changed = whole;
        changed[i] = char(changed[i] ^ change);
        expect_no_crash(changed);
      }
  }
}

}  // namespace
}  // namespace noyau::io
