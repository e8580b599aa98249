#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/npy.hpp"

namespace noyau::data {

/// Looks at first bytes: leaves out what is no picture, and learns whether all pictures are grey.
class Inspection {
 public:
  /// `channels`: 0 = to be found out, else what is wanted.
  Inspection(const std::string& root, int channels) : root_(root), channels_(channels) {}

  /// Nothing, or why the file below the root is left out.
  std::optional<std::string> refuse(const std::string& path);
  /// As above, of a file that lies elsewhere: `read` gives at most so many of its first bytes.
  using ReadPrefix = std::function<std::vector<std::uint8_t>(std::size_t limit)>;
  std::optional<std::string> refuse(const std::string& path, const ReadPrefix& read);

  int channels() const;
  /// Of the first volume; 1 for pictures.
  std::int64_t depth() const { return volumes_ > 0 ? first_.depth : 1; }
  /// That all files have; 0 in all where they differ or where the headers do not tell.
  Extents extents() const { return volumes_ == pictures_ && same_ ? first_ : Extents{}; }

 private:
  void look_for_colour(const ReadPrefix& read, std::span<const std::uint8_t> bytes);
  void look_at_array(const std::string& path, std::span<const std::uint8_t> bytes);

  const std::string& root_;
  int channels_;
  bool grey_ = false, colour_ = false;
  std::int64_t pictures_ = 0, volumes_ = 0;  // NPY files among them
  Extents first_;
  bool same_ = true;
};

}  // namespace noyau::data
