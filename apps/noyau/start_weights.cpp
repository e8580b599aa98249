#include "start_weights.hpp"

#include <algorithm>
#include <noyau/model.hpp>

namespace noyau::cli {

void take_model_of_start(TrainOptions& options, const TrainFlags& flags) {
  if (options.from.empty()) return;
  const auto given = flags.given();
  const bool named =
      std::ranges::any_of(given, [](const auto& flag) { return flag.first == "model"; });
  const WeightFileInfo info = weight_file_info(options.from);
  if (!named && !info.model.empty()) options.model = info.model;
}

}  // namespace noyau::cli
