#pragma once

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "noyau/data.hpp"
#include "train/trainer.hpp"
#include "zoo/zoo.hpp"

/// What the tests of this room train: small networks on random pictures.
namespace noyau::training {

/// A network of the zoo in both modes, for grey pictures of 28x28 and 10 classes.
struct Networks {
  Networks(const std::string& name, std::int64_t batch)
      : training(build(name, batch, true)), evaluation(build(name, batch, false)) {}
  static Graph build(const std::string& name, std::int64_t batch, bool training) {
    return zoo::build({.name = name,
                       .in_channels = 1,
                       .image_size = 28,
                       .classes = 10,
                       .batch = batch,
                       .training = training});
  }
  Graph training, evaluation;
};

/// Random pictures whose mean tells their class, so that there is something to learn.
inline Batch random_batch(std::int64_t rows, std::uint64_t seed) {
  Batch batch;
  batch.images = Tensor(Shape{rows, 28, 28, 1});
  batch.labels = Tensor(Shape{rows}, DType::i32);
  batch.valid = rows;
  Random random(seed);
  for (std::size_t i = 0; i < std::size_t(rows); ++i) {
    const auto label = std::int32_t(random.below(10));
    batch.labels.as<std::int32_t>()[i] = label;
    batch.indices.push_back(std::int64_t(i));
    for (float& pixel : batch.images.as<float>().subspan(i * 784, 784)) {
      pixel = float(random.uniform(-1, 1) + 0.3 * label - 1.5);
    }
  }
  return batch;
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

/// Names of the tensors whose bits differ.
inline std::vector<std::string> differing(const NamedTensors& a, const NamedTensors& b) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (i >= b.size() || a[i].first != b[i].first || !same_bits(a[i].second, b[i].second)) {
      names.push_back(a[i].first);
    }
  }
  return names;
}

/// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "noyau.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Writes IDX files of random 28x28 pictures in 10 classes.
inline void write_idx(const std::string& folder, const std::string& prefix, std::uint32_t count,
                      std::uint64_t seed) {
  const auto word = [](std::ofstream& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.put(char(value >> shift));
  };
  std::ofstream images(folder + "/" + prefix + "-images-idx3-ubyte", std::ios::binary);
  std::ofstream labels(folder + "/" + prefix + "-labels-idx1-ubyte", std::ios::binary);
  for (const std::uint32_t value : {0x803u, count, 28u, 28u}) word(images, value);
  for (const std::uint32_t value : {0x801u, count}) word(labels, value);
  Random random(seed);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto label = std::uint32_t(i % 10);
    labels.put(char(label));
    for (int p = 0; p < 784; ++p) images.put(char(random.below(100) + 15 * label));
  }
}

}  // namespace noyau::training
