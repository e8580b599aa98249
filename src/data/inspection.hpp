#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace noyau::data {

/// Looks at first bytes: leaves out what is no picture, and learns whether all pictures are grey.
class Inspection {
 public:
  /// `channels`: 0 = to be found out, else what is wanted.
  Inspection(const std::string& root, int channels) : root_(root), channels_(channels) {}

  /// Nothing, or why the file below the root is left out.
  std::optional<std::string> refuse(const std::string& path);

  int channels() const;

 private:
  void look_for_colour(const std::string& path, std::span<const std::uint8_t> bytes);

  const std::string& root_;
  int channels_;
  bool grey_ = false, colour_ = false;
};

}  // namespace noyau::data
