#pragma once

#include <chrono>
#include <noyau/check.hpp>

namespace noyau::cli {

/// Tells how far the reading of pictures is, once it takes longer than 2 s.
class ReadingProgress {
 public:
  explicit ReadingProgress(bool wanted) : wanted_(wanted) {}
  CheckProgress callback();
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void tell(std::int64_t done, std::int64_t pictures);

  bool wanted_, shown_ = false;
  Clock::time_point begin_ = {}, told_ = {};  // begin_: when the first pictures were told of
};

}  // namespace noyau::cli
