#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace noyau::data {

/// A row of a CSV file and the line that it begins on, counted from 1.
struct CsvRow {
  std::vector<std::string> cells;
  std::size_t line = 0;
};

/// Reads comma-separated values (RFC 4180): cells may be quoted, quotes within them doubled, lines
/// end with LF or CRLF. A byte order mark and empty lines are passed over. Throws
/// Error(corrupt_file) naming `where` and the line for a quote that does not end, or that stands in
/// the middle of a cell.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where);

}  // namespace noyau::data
