#include <fmt/format.h>

#include "api/complete_run.hpp"
#include "api/files.hpp"
#include "api/settings.hpp"
#include "noyau/ensemble.hpp"
#include "noyau/error.hpp"

namespace noyau {

NetworksResult train_networks(const TrainOptions& options, const TrainCallbacks& callbacks,
                              const std::function<void(const EnsembleRow&)>& evaluated) {
  if (options.networks < 2)
    throw Error(ErrorCode::invalid_argument, "--networks", fmt::format("{}", options.networks),
                "2 or more");
  NetworksResult result{.folder = options.out.empty() ? "runs/networks" : options.out};
  api::make_folder(result.folder);
  EnsembleOptions ensemble;
  ensemble.threads = int(options.threads);
  for (std::int64_t i = 0; i < options.networks; ++i) {
    TrainOptions one = api::network_of(options, options.seed + std::uint64_t(i));
    one.out = fmt::format("{}/network{}", result.folder, i + 1);
    if (!api::complete_run(one, callbacks)) {
      result.stopped = true;
      return result;
    }
    ensemble.members.push_back(one.out);
  }
  const Dataset data = open_data(options);
  const Split part = api::final_part(data);
  result.part = std::string(to_string(part));
  result.file = result.folder + "/ensemble.noyau";
  result.ensemble = make_ensemble(ensemble, data, part, result.file, evaluated);
  return result;
}

}  // namespace noyau
