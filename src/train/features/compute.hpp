#pragma once

#include <cstdint>
#include <functional>

#include "noyau/data.hpp"
#include "runtime/inference.hpp"
#include "train/features/feature_file.hpp"

namespace noyau::training {

/// Runs one epoch of `loader`, in order, through a network with input "x" and output "features"
/// and hands the rows of good pictures to `writer`. `told` learns how many samples are behind it.
/// Throws Error(shape_mismatch) for batches of another shape, Error(io) as the writer does.
void compute_features(runtime::Inference& front, Loader& loader, FeatureWriter& writer,
                      const std::function<void(std::int64_t done)>& told = {});

}  // namespace noyau::training
