#pragma once

#include <string>
#include <string_view>

namespace noyau {

/// `text` as one cell of comma-separated values (RFC 4180): in quotes, with quotes doubled, where
/// it holds a comma, a quote or an end of line.
std::string csv_cell(std::string_view text);

}  // namespace noyau
