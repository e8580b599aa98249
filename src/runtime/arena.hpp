#pragma once

#include <cstddef>

namespace noyau::runtime {

/// Memory for every buffer of a plan: 2 MiB aligned, on huge pages where the system grants them,
/// zero at first.
class Arena {
 public:
  /// Throws Error(out_of_memory) naming the MiB that were asked for.
  explicit Arena(std::size_t bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void* mapping_ = nullptr;
  std::size_t mapped_ = 0, bytes_ = 0;
  std::byte* data_ = nullptr;
};

}  // namespace noyau::runtime
