#pragma once

#include <map>
#include <noyau/train.hpp>
#include <string>
#include <utility>
#include <vector>

#include "parser.hpp"

namespace noyau::cli {

/// One flag for each row of `train_options()`; keeps what was given, as text.
class TrainFlags {
 public:
  void add_to(Parser& parser);
  /// Sets what was given on the command line.
  void apply(TrainOptions& options) const;
  /// Names and texts of what was given.
  std::vector<std::pair<std::string, std::string>> given() const;

 private:
  // Stable addresses: CLI11 keeps references to the texts.
  std::map<std::string, std::string> texts_;
};

}  // namespace noyau::cli
