#include "data_part.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <noyau/error.hpp>

namespace noyau::cli {

void use_data(TrainOptions& options, const std::string& data) {
  std::error_code error;
  if (!std::filesystem::equivalent(data, options.data, error)) options.split.clear();
  options.data = data;
}

Split choose_part(const Dataset& data, const std::string& part) {
  for (const Split split : {Split::test, Split::val, Split::train}) {
    const bool asked = part == to_string(split);
    if (asked && data.samples(split).empty())
      throw Error(ErrorCode::invalid_argument, "--part", fmt::format("no {} part", part), "",
                  "choose another part");
    if (asked || (part.empty() && !data.samples(split).empty())) return split;
  }
  throw Error(ErrorCode::invalid_argument, "--part", fmt::format("\"{}\"", part),
              "one of train, val, test");
}

}  // namespace noyau::cli
