#pragma once

#include <noyau/model.hpp>
#include <string>

#include "parser.hpp"

namespace noyau::cli {

/// MODEL, --size, --classes, --channels, --batch: which network `summary` and `dump` build.
struct ModelFlags {
  std::string model;
  std::int64_t size = 0, classes = 0, channels = 0, batch = 1;

  void add_to(Parser& parser);
  /// Takes input and classes from a run folder or checkpoint when MODEL is one.
  ModelOptions options() const;
};

/// True when the text names a file or folder rather than an architecture.
bool is_model_file(const std::string& text);

}  // namespace noyau::cli
