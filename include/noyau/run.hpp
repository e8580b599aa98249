#pragma once

#include <cstdint>
#include <string>

#include "noyau/data.hpp"
#include "noyau/model.hpp"
#include "noyau/report.hpp"

namespace noyau {

/// Version, compiler, instruction set and processor, for `noyau version` and env.json.
struct BuildInfo {
  std::string version, compiler, build_type, kernel_target, cpu;
  int processors = 0;
};
BuildInfo build_info();

/// True when `path` is a run folder: it holds args.toml and weights/.
bool is_run(const std::string& path);

/// The wrong answers of an evaluation, highest loss first, at most `limit` of them, with pictures.
std::vector<Mistake> worst_mistakes(const Evaluation& evaluation, const Dataset& data, Split split,
                                    std::int64_t limit);

/// Writes report.html and plots/ of an evaluation into `folder` (made when missing). Throws
/// Error(io) naming the path.
void write_evaluation(const std::string& folder, const Model& model, const Evaluation& evaluation,
                      const Dataset& data, Split split);

/// The name among `names` that is nearest to `name` by edit distance; empty when none is near.
std::string nearest_name(const std::string& name, const std::vector<std::string>& names);

}  // namespace noyau
