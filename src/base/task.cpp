#include "noyau/task.hpp"

#include <string>

#include "noyau/error.hpp"

namespace noyau {

std::string_view to_string(Task task) {
  switch (task) {
    case Task::labels:
      return "labels";
    case Task::values:
      return "values";
    default:
      return "classes";
  }
}

Task parse_task(std::string_view name) {
  for (const Task task : {Task::classes, Task::labels, Task::values})
    if (to_string(task) == name) return task;
  throw Error(ErrorCode::invalid_argument, "task", "\"" + std::string(name) + "\"",
              "classes, labels or values");
}

ScoreScale score_scale(Task task) {
  switch (task) {
    case Task::classes:
      return {"top-1 accuracy", "%", 100, 2};
    case Task::labels:
      return {"mean average precision", "%", 100, 2};
    case Task::values:
      break;
  }
  return {"R2", "", 1, 4};
}

}  // namespace noyau
