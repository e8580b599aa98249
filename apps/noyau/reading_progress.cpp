#include "reading_progress.hpp"

#include <fmt/format.h>

#include "output.hpp"

namespace noyau::cli {

CheckProgress ReadingProgress::callback() {
  return [this](std::int64_t done, std::int64_t pictures) { tell(done, pictures); };
}

// A line that is rewritten, or a new one every 10 s where output is no terminal.
void ReadingProgress::tell(std::int64_t done, std::int64_t pictures) {
  const Clock::time_point now = Clock::now();
  if (begin_ == Clock::time_point{}) begin_ = told_ = now;
  const std::chrono::duration<double> taken = now - begin_;
  const std::chrono::milliseconds pause(output_is_terminal() ? 200 : 10'000);
  if (!wanted_ || taken.count() < 2 || now - told_ < pause) return;
  told_ = now;
  const double left = taken.count() / double(done) * double(pictures - done);
  const std::string count = fmt::format("{} of {} pictures", grouped(done), grouped(pictures));
  const std::string text = fmt::format("{}, {} left", count, clock_text(left));
  if (output_is_terminal())
    live_line(text, count);
  else
    err(text + "\n");
  shown_ = true;
}

void ReadingProgress::clear() {
  if (shown_ && output_is_terminal()) clear_live_line();
}

}  // namespace noyau::cli
