#include "data/label_list.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "data/csv.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

constexpr const char* kHeaders = "file,label or file,labels or file and columns of numbers";

class Reader {
 public:
  Reader(std::string_view text, const std::string& where)
      : where_(where), rows_(parse_csv(text, where)) {}

  LabelList read() {
    read_header();
    if (list_.task != Task::values) collect_names();
    for (std::size_t i = 1; i < rows_.size(); ++i) read_row(rows_[i]);
    if (list_.rows.empty())
      refuse(rows_[0].line, "no pictures", "a line for each picture below the header");
    return std::move(list_);
  }

 private:
  void read_header() {
    if (rows_.empty()) refuse(1, "nothing in it", kHeaders);
    for (std::size_t i = 0; i < rows_[0].cells.size(); ++i) {
      const std::string& name = rows_[0].cells[i];
      if (name.empty()) refuse(rows_[0].line, "a column without a name", kHeaders);
      if (!columns_.emplace(name, i).second)
        refuse(rows_[0].line, "the column \"" + name + "\" twice", "each column once");
    }
    if (!columns_.contains("file")) refuse(rows_[0].line, "no column \"file\"", kHeaders);
    list_.has_split = columns_.contains("split");
    list_.task = columns_.contains("label")    ? Task::classes
                 : columns_.contains("labels") ? Task::labels
                                               : Task::values;
    for (const std::string& name : rows_[0].cells)
      if (name != "file" && name != "split" && name != "label" && name != "labels")
        list_.names.push_back(name);
    if (list_.task == Task::values && list_.names.empty())
      refuse(rows_[0].line, "no column besides file", kHeaders);
    if (list_.task == Task::values) return;
    if (!list_.names.empty() || (columns_.contains("label") && columns_.contains("labels")))
      refuse(rows_[0].line, "columns besides file, " + answer_column() + " and split", kHeaders);
  }

  std::string answer_column() const { return list_.task == Task::classes ? "label" : "labels"; }

  void collect_names() {
    std::set<std::string> names;
    for (std::size_t i = 1; i < rows_.size(); ++i)
      for (std::string& name : names_of(rows_[i])) names.insert(std::move(name));
    list_.names.assign(names.begin(), names.end());
    if (list_.names.empty())
      refuse(rows_[0].line, "no " + answer_column() + " in any line", "one at least");
  }

  std::vector<std::string> names_of(const CsvRow& row) const {
    const std::string& text = cell(row, answer_column());
    if (list_.task == Task::classes) {
      if (text.empty()) refuse(row.line, "no label", "the picture's class");
      return {text};
    }
    std::vector<std::string> names;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(';', at), text.size());
      if (end > at) names.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return names;
  }

  void read_row(const CsvRow& row) {
    LabelList::Row out{.file = cell(row, "file"), .targets = {}, .line = row.line};
    check_file(out);
    if (list_.has_split) out.split = split_of(row);
    if (list_.task == Task::classes) {
      out.label = std::int32_t(place_of(names_of(row)[0]));
    } else if (list_.task == Task::labels) {
      out.targets.resize(list_.names.size());
      for (const std::string& name : names_of(row)) out.targets[place_of(name)] = 1;
    } else {
      for (const std::string& name : list_.names) out.targets.push_back(number(row, name));
    }
    list_.rows.push_back(std::move(out));
  }

  void check_file(const LabelList::Row& row) {
    if (row.file.empty()) refuse(row.line, "no file", "the path of a picture below the folder");
    const bool leaves =
        row.file.starts_with("/") || ("/" + row.file + "/").find("/../") != std::string::npos;
    if (leaves) refuse(row.line, "\"" + row.file + "\"", "the path of a picture below the folder");
    const auto [at, is_new] = seen_.emplace(row.file, row.line);
    if (!is_new)
      refuse(row.line, "\"" + row.file + "\" again, after line " + std::to_string(at->second),
             "each picture once");
  }

  Split split_of(const CsvRow& row) const {
    const std::string& text = cell(row, "split");
    for (const Split split : {Split::train, Split::val, Split::test})
      if (text == to_string(split)) return split;
    refuse(row.line, "split \"" + text + "\"", "train, val or test");
  }

  float number(const CsvRow& row, const std::string& column) const {
    const std::string& text = cell(row, column);
    float value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
      refuse(row.line, column + " \"" + text + "\"", "a number",
             "classes belong into a column \"label\", several labels into \"labels\"");
    return value;
  }

  const std::string& cell(const CsvRow& row, const std::string& column) const {
    if (row.cells.size() != rows_[0].cells.size())
      refuse(row.line, std::to_string(row.cells.size()) + " cells",
             "the " + std::to_string(rows_[0].cells.size()) + " of the header");
    return row.cells[columns_.at(column)];
  }

  std::size_t place_of(const std::string& name) const {
    return std::size_t(std::ranges::lower_bound(list_.names, name) - list_.names.begin());
  }

  [[noreturn]] void refuse(std::size_t line, const std::string& got, const std::string& expected,
                           const std::string& hint = "") const {
    throw Error(ErrorCode::corrupt_file, where_ + ":" + std::to_string(line), got, expected, hint);
  }

  const std::string& where_;
  std::vector<CsvRow> rows_;
  std::map<std::string, std::size_t> columns_;
  std::map<std::string, std::size_t> seen_;
  LabelList list_;
};

}  // namespace

LabelList parse_label_list(std::string_view text, const std::string& where) {
  return Reader(text, where).read();
}

}  // namespace noyau::data
