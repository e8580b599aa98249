#include "output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <noyau/error.hpp>

namespace noyau::cli {
namespace {

bool line_is_live = false;

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

/// The first `width` characters; continuation bytes of UTF-8 do not count.
std::string cut(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (characters++ == width) return text.substr(0, i);
  }
  return text;
}

bool fits(const std::string& text, std::size_t width) { return cut(text, width) == text; }

}  // namespace

void out(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void err(std::string_view text) {
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void out_json(const Json& json, bool pretty) {
  out(json.dump(pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace) + "\n");
  std::fflush(stdout);
}

void warn(std::string_view text) {
  clear_live_line();
  err(fmt::format("noyau: warning: {}\n", text));
}

void flush_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw Error(ErrorCode::out_of_memory, "standard output", "cannot be written",
                "room on the disk");
}

bool output_is_terminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

void live_line(const std::string& text, const std::string& shorter) {
  const std::size_t width = terminal_width() - 1;
  out("\r\033[K" + (fits(text, width) ? text : cut(shorter, width)));
  std::fflush(stdout);
  line_is_live = true;
}

void clear_live_line() {
  if (!line_is_live) return;
  out("\r\033[K");
  std::fflush(stdout);
  line_is_live = false;
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, ",");
  return digits;
}

std::string clock_text(double seconds) {
  const auto total = std::int64_t(std::llround(std::max(0.0, seconds)));
  if (total >= 3600)
    return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

}  // namespace noyau::cli
