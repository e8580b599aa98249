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

}  // namespace noyau
