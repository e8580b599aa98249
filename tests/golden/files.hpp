#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

/// The golden files of the tests, or with the environment variable NOYAU_GOLDEN all of that folder.
namespace noyau::golden {

inline std::string golden_folder(const std::string& kind) {
  const char* everything = std::getenv("NOYAU_GOLDEN");
  const std::string root = everything ? everything : std::string(NOYAU_TEST_DATA) + "/golden";
  return root + "/" + kind;
}

/// Names of the files of golden/`kind`, without their ending, in alphabetical order.
inline std::vector<std::string> golden_names(const std::string& kind) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder(kind)))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

inline nlohmann::json read_golden(const std::string& kind, const std::string& name) {
  std::ifstream in(golden_folder(kind) + "/" + name + ".json");
  if (!in) throw std::runtime_error("no golden file " + name);
  return nlohmann::json::parse(in);
}

}  // namespace noyau::golden
