#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "noyau/bench.hpp"

namespace noyau {

/// One kernel call of a step, or a part of the step outside of the network.
struct ProfileRow {
  std::string node;     ///< "layer1.0.conv1.grad_weight"
  std::string op;       ///< "conv_grad_weight"; "pack" and "optimizer" are no ops of the graph
  std::string kernel;   ///< the row of the kernels list that ran
  std::string problem;  ///< "16x56x56x64 -> 64, 3x3 s1 p1"
  double begin_ms = 0;  ///< from the start of the last step that was timed
  double ms = 0;        ///< median over the steps
  double gflop = 0;     ///< of convolutions and linear layers, else 0
  double gbyte = 0;     ///< operands read or written, each counted once
};

/// Where the time of a step goes.
struct Profile {
  std::string model, mode;
  std::int64_t batch = 0;
  int threads = 0, steps = 0;
  double step_ms = 0;            ///< median of the whole step
  double fma_peak_gflops = 0;    ///< of the same run
  double memory_gb_s = 0;        ///< of the same run: y = a * x + y on large arrays
  std::vector<ProfileRow> rows;  ///< in the order in which they ran
};

/// The rows of one kind of op taken together.
struct ProfileTotal {
  std::string op;
  std::int64_t calls = 0;
  double ms = 0, gflop = 0, gbyte = 0;
};

/// Times every call of steps on random input. Throws as `bench_model`.
Profile profile_model(const ModelBenchOptions& options);

/// One line for each op, longest first.
std::vector<ProfileTotal> totals(const Profile& profile);

/// All rows as comma-separated values. Throws Error(io) naming `path`.
void write_profile_csv(const std::string& path, const Profile& profile);
/// The last step as trace events, which chrome://tracing and Perfetto show. Throws Error(io).
void write_profile_trace(const std::string& path, const Profile& profile);

}  // namespace noyau
