#include "plan/tuning.hpp"

#include <fmt/format.h>

namespace noyau::plan {

std::string tuning_key(const kernels::Kernel& kernel, const kernels::Problem& problem) {
  return fmt::format("{}/{} {}, {}", kernel.family, kernel.name, kernels::to_string(problem),
                     to_string(kernels::dtype_of(problem)));
}

int variants(const kernels::Kernel& kernel, const kernels::Problem& problem) {
  return kernel.variants == nullptr ? 1 : kernel.variants(problem);
}

const Tuned* find_tuned(const Tuning& table, const kernels::Kernel& kernel,
                        const kernels::Problem& problem) {
  const int count = variants(kernel, problem);
  if (count == 1) return nullptr;
  const auto found = table.find(tuning_key(kernel, problem));
  if (found == table.end() || int(found->second.ms.size()) != count) return nullptr;
  if (found->second.variant < 0 || found->second.variant >= count) return nullptr;
  return &found->second;
}

}  // namespace noyau::plan
