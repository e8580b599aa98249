#include <fmt/format.h>

#include <algorithm>
#include <noyau/error.hpp>
#include <noyau/weight_store.hpp>

#include "exit_codes.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "weight_actions.hpp"
#include "weight_output.hpp"

namespace noyau::cli {

int run_weights_list(const Arguments& arguments) {
  bool json = false;
  Parser parser("weights list", "Show the weights that are kept on this machine.",
                "  noyau weights list\n"
                "  noyau weights list --json\n");
  parser.output_flags(&json, nullptr);
  if (!parser.parse(arguments)) return kDone;
  set_phase(Phase::model);
  const std::vector<StoredWeights> list = stored_weights();
  if (json) {
    Json rows = Json::array();
    for (const StoredWeights& weights : list) rows.push_back(json_of(weights));
    out_json({{"folder", weights_folder()}, {"weights", rows}}, true);
    return kDone;
  }
  std::size_t width = 4;
  for (const StoredWeights& weights : list) width = std::max(width, escaped(weights.name).size());
  for (const StoredWeights& weights : list)
    out(fmt::format("{:<{}}  {:<20}  {:>9.1f} MB  {:<12}  {}\n", escaped(weights.name), width,
                    escaped(weights.model), double(weights.bytes) / 1e6,
                    escaped(weights.origin.licence), escaped(weights.origin.source)));
  if (list.empty()) out(fmt::format("no weights in {}\n", escaped(weights_folder())));
  return kDone;
}

}  // namespace noyau::cli
