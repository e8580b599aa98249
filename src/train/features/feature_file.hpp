#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/checksum.hpp"
#include "base/durable_file.hpp"

namespace noyau::training {

/// What a feature file is about: it serves nobody who asks for anything else.
struct FeatureKey {
  std::string text;        ///< 32 hexadecimal digits over all that the features depend on
  std::int64_t count = 0;  ///< rows, one for each sample of a part
  std::int64_t width = 0;  ///< numbers in a row
  bool operator==(const FeatureKey&) const = default;
};

/// Rows of f32 on disk, read at any position and by several threads. It is not mapped: a file that
/// is cut short meanwhile is an Error and not a signal.
class FeatureFile {
 public:
  /// Nothing where the file is absent, damaged or of another key.
  static std::optional<FeatureFile> open(const std::string& path, const FeatureKey& key);
  ~FeatureFile();
  FeatureFile(FeatureFile&& other) noexcept;
  FeatureFile& operator=(FeatureFile&&) = delete;

  const FeatureKey& key() const { return key_; }
  /// False for a sample whose picture was bad. Throws Error(io) when the file cannot be read.
  bool read(std::int64_t position, std::span<float> row) const;

 private:
  FeatureFile(std::string path, FeatureKey key, int descriptor)
      : path_(std::move(path)), key_(std::move(key)), descriptor_(descriptor) {}
  bool load();

  std::string path_;
  FeatureKey key_;
  int descriptor_ = -1;
  std::vector<std::uint8_t> good_;  ///< one for each row
};

/// Writes a feature file, which appears only when whole.
class FeatureWriter {
 public:
  /// Throws, as all functions do, Error(io) naming the file.
  FeatureWriter(const std::string& path, const FeatureKey& key);
  /// Positions rise; those that are left out belong to bad pictures.
  void add(std::int64_t position, std::span<const float> row);
  void commit();

 private:
  void write(std::span<const std::byte> bytes);
  void skip_to(std::int64_t position);

  FeatureKey key_;
  DurableFile file_;
  std::uint32_t crc_ = 0;
  std::int64_t next_ = 0;
  std::vector<std::uint8_t> good_;
};

}  // namespace noyau::training
