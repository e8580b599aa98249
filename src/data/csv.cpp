#include "data/csv.hpp"

#include <algorithm>

#include "noyau/error.hpp"

namespace noyau::data {
namespace {

class Reader {
 public:
  Reader(std::string_view text, const std::string& where) : text_(text), where_(where) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  std::vector<CsvRow> rows() {
    std::vector<CsvRow> all;
    while (at_ < text_.size()) {
      CsvRow row = read_row();
      if (row.cells.size() > 1 || !row.cells[0].empty()) all.push_back(std::move(row));
    }
    return all;
  }

 private:
  CsvRow read_row() {
    CsvRow row{.cells = {}, .line = line_};
    do {
      row.cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
    } while (take(','));
    take('\r');
    if (at_ < text_.size() && !take('\n')) refuse("more text after a quoted cell", "a comma");
    ++line_;
    return row;
  }

  std::string plain() {
    std::size_t end = std::min(text_.find_first_of(",\n", at_), text_.size());
    std::string cell(text_.substr(at_, end - at_));
    at_ = end;
    if (cell.ends_with('\r')) cell.pop_back();
    if (cell.find('"') != std::string::npos)
      refuse("a quote within a cell", "cells with quotes to be quoted, and their quotes doubled");
    return cell;
  }

  std::string quoted() {
    std::string cell;
    const std::size_t first = line_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') return cell;
      }
      line_ += text_[at_] == '\n';
      cell += text_[at_];
    }
    line_ = first;
    refuse("a quote that does not end", "a second quote");
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  [[noreturn]] void refuse(const std::string& got, const std::string& expected) const {
    throw Error(ErrorCode::corrupt_file, where_ + ":" + std::to_string(line_), got, expected);
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0, line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where) {
  return Reader(text, where).rows();
}

}  // namespace noyau::data
