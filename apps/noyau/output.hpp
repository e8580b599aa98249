#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace noyau::cli {

using Json = nlohmann::ordered_json;

/// Results go to standard output, everything else to standard error.
void out(std::string_view text);
void err(std::string_view text);
/// One line, or pretty over several; bytes that are not UTF-8 are replaced.
void out_json(const Json& json, bool pretty = false);
/// "noyau: warning: ..." on standard error.
void warn(std::string_view text);

/// Throws Error(io) when standard output could not take everything.
void flush_output();

/// True when standard output is a terminal that can rewrite a line.
bool output_is_terminal();
/// Rewrites the line at the bottom of the terminal: `text`, or `shorter` where that is too wide,
/// cut to the width. `clear_live_line` removes it.
void live_line(const std::string& text, const std::string& shorter);
void clear_live_line();

/// "12,345,678".
std::string grouped(std::int64_t number);
/// "0:18", "5:40", "1:02:03".
std::string clock_text(double seconds);

}  // namespace noyau::cli
