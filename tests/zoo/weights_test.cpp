#include <gtest/gtest.h>

#include "io/safetensors/reader.hpp"
#include "io/safetensors/writer.hpp"
#include "runtime/weights.hpp"
#include "train/networks.hpp"
#include "zoo/zoo.hpp"

/// The weights of every network go into a file and come back.
namespace noyau::zoo {
namespace {

class WeightFiles : public testing::TestWithParam<std::string> {};

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const Variant& variant : variants()) result.push_back(variant.name);
  return result;
}

INSTANTIATE_TEST_SUITE_P(Zoo, WeightFiles, testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

TEST_P(WeightFiles, BringBackEveryBit) {
  const ModelSpec spec{.name = GetParam(), .image_size = find(GetParam()).smallest_image};
  const Graph graph = build(spec);
  const runtime::Weights weights(graph, 11);
  const training::TemporaryFolder folder;
  const std::string path = folder / "weights.safetensors";
  io::TensorList list;
  for (const std::string& name : weights.names()) list.push_back({name, &weights.at(name)});
  io::write_safetensors(path, list);

  const io::SafetensorsReader reader(path);
  EXPECT_EQ(reader.header().tensors.size(), list.size());
  for (const io::StoredTensor& stored : reader.header().tensors)
    EXPECT_TRUE(training::same_bits(reader.read(stored), weights.at(stored.name))) << stored.name;
}

}  // namespace
}  // namespace noyau::zoo
