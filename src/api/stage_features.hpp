#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "api/network.hpp"
#include "base/thread_pool.hpp"
#include "noyau/data.hpp"
#include "runtime/weights.hpp"

namespace noyau::api {

/// What the stages of a network make of pictures, see `with_stage_head`.
struct StageFeatures {
  std::vector<std::int64_t> stages;     ///< before each group of columns, as --freeze counts them
  std::vector<std::int64_t> widths;     ///< columns of each group
  std::vector<std::int64_t> positions;  ///< of the samples that could be read
  std::vector<float> rows;              ///< [positions, all columns]
  double seconds_per_image = 0;         ///< of the network alone
};

/// Runs the network of `card` over training pictures at `positions`; those that cannot be read are
/// left out. `weights` holds every tensor of it. Throws Error(unsupported) as `with_stage_head`.
StageFeatures measure_stages(const ModelCard& card, runtime::Weights& weights, const Dataset& data,
                             const std::vector<std::int64_t>& positions, ThreadPool& pool,
                             const std::function<void(std::int64_t, std::int64_t)>& told);

/// Columns of one group, [positions, width].
std::vector<float> columns(const StageFeatures& features, std::size_t group);

}  // namespace noyau::api
