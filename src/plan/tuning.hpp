#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernels/kernel.hpp"

namespace noyau::plan {

/// What measuring said about the variants of one kernel and problem.
struct Tuned {
  int variant = 0;         ///< the one to take
  std::vector<double> ms;  ///< of each
  bool operator==(const Tuned&) const = default;
};

/// By `tuning_key`. Plain data: a plan made with the same table is the same plan.
using Tuning = std::map<std::string, Tuned>;

/// "conv/brgemm 16x56x56x64 -> 256, 1x1 s1, f32".
std::string tuning_key(const kernels::Kernel& kernel, const kernels::Problem& problem);

/// How many variants the kernel has of the problem, 1 or more.
int variants(const kernels::Kernel& kernel, const kernels::Problem& problem);

/// What the table says of them. nullptr where it says nothing, or nothing that fits the kernel.
const Tuned* find_tuned(const Tuning& table, const kernels::Kernel& kernel,
                        const kernels::Problem& problem);

}  // namespace noyau::plan
