#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/weights.hpp"
#include "train/trainer.hpp"

namespace noyau::api {

/// What the first steps of a run gave, kept in its folder so that `noyau verify` can repeat them.
struct FirstSteps {
  static constexpr std::int64_t kMost = 20;

  struct Step {
    double loss = 0, gradient_norm = 0;
    bool operator==(const Step&) const = default;
  };
  std::vector<Step> steps;
  std::int64_t epochs = 0;  ///< that the run was to have then; 0 = not kept by an early version
  std::string weights;      ///< checksum of all weights after the last of them, in hexadecimal

  void add(const training::StepReport& report);
};

std::string checksum_of(const runtime::Weights& weights);

/// first_steps.json.
std::string first_steps_text(const FirstSteps& first);
/// Throws Error(io, corrupt_file) naming `path`.
FirstSteps read_first_steps(const std::string& path);

}  // namespace noyau::api
