#include "api/train_command.hpp"

#include <fmt/format.h>

#include "api/learning.hpp"
#include "noyau/shell_word.hpp"

namespace noyau::api {

std::string train_command(const TrainOptions& options, TrainOptions same) {
  const TrainOptions all = with_usual(options);
  std::string command = "noyau train " + shell_word(options.data);
  for (const OptionInfo& info : train_options()) {
    const std::string value = get_option(all, info.name);
    if (value == get_option(with_usual(same), info.name)) continue;
    set_option(same, info.name, value);
    if (info.kind == OptionInfo::Kind::flag)
      command += (value == "true" ? " --" : " --no-") + info.name;
    else
      command += fmt::format(" --{} {}", info.name, shell_word(value));
  }
  return command;
}

}  // namespace noyau::api
