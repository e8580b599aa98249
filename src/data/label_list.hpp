#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/data.hpp"

namespace noyau::data {

/// What a labels.csv says. Its header decides on the task:
///   file,label          one class a picture
///   file,labels         any number of labels, separated by ";"
///   file,NAME,NAME...   numbers to predict
/// and a column "split" (train, val or test in every row) on the parts.
struct LabelList {
  struct Row {
    std::string file;
    std::int32_t label = -1;     ///< of classes
    std::vector<float> targets;  ///< of labels (0 or 1) and values
    Split split = Split::train;
    std::size_t line = 0;
  };
  Task task = Task::classes;
  std::vector<std::string> names;  ///< of classes and labels, sorted by bytes; of values, in order
  bool has_split = false;
  std::vector<Row> rows;
};

/// Throws Error(corrupt_file) naming `where` and the line.
LabelList parse_label_list(std::string_view text, const std::string& where);

}  // namespace noyau::data
