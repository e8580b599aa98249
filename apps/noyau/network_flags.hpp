#pragma once

#include <noyau/model.hpp>
#include <string>

#include "parser.hpp"

namespace noyau::cli {

/// --model, --classes, --size, --channels: what a weight file is for, where it does not say so.
struct NetworkFlags {
  std::string model;
  std::int64_t classes = 0, size = 0, channels = 0;

  void add_to(Parser& parser);
  ModelOptions options() const;
};

}  // namespace noyau::cli
