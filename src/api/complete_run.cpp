#include "api/complete_run.hpp"

#include "noyau/run.hpp"

namespace noyau::api {

bool complete_run(const TrainOptions& options, const TrainCallbacks& callbacks) {
  if (has_summary(options.out)) return true;
  if (is_run(options.out)) return !resume({.run = options.out}, callbacks).stopped;
  return !train(options, open_data(options), callbacks).stopped;
}

}  // namespace noyau::api
