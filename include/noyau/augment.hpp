#pragma once

#include <cstdint>
#include <string>

#include "noyau/data.hpp"
#include "noyau/report.hpp"
#include "noyau/train.hpp"

namespace noyau {

struct SheetOptions {
  std::int64_t pictures = 8;  ///< rows
  std::int64_t variants = 8;  ///< columns after the first
};

/// A contact sheet of the training pictures, RGB: a row for each of `pictures` pictures, evenly
/// spaced over the training part. The first column is the picture as evaluation sees it, the others
/// are as epochs 0, 1, ... of `train` see it with the same options, of which data, model,
/// image_size, augment and seed count; steps that mix take the sheet's pictures for a batch. Small
/// pictures are enlarged. Pictures that cannot be read are recorded in `Dataset::skipped` and the
/// next ones are shown. Throws Error(invalid_argument) for options out of range and Error(io) when
/// no picture can be read.
Picture augmentation_sheet(const TrainOptions& options, const Dataset& data,
                           const SheetOptions& sheet = {});

/// Writes it as a PNG file, beside its name and renamed. Throws Error(io) naming the path as well.
void write_augmentation_sheet(const std::string& path, const TrainOptions& options,
                              const Dataset& data, const SheetOptions& sheet = {});

}  // namespace noyau
