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
namespace {

struct Row {
  std::string name, model, size, there, licence, source;
};

std::string megabytes(std::int64_t bytes) {
  return bytes > 0 ? fmt::format("{:.1f} MB", double(bytes) / 1e6) : "?";
}

std::vector<Row> rows_of(const std::vector<StoredWeights>& here,
                         const std::vector<OfferedWeights>& offered) {
  std::vector<Row> rows{{"name", "model", "size", "", "licence", "source"}};
  for (const StoredWeights& weights : here)
    rows.push_back({escaped(weights.name), escaped(weights.model), megabytes(weights.bytes), "here",
                    escaped(weights.origin.licence), escaped(weights.origin.source)});
  for (const OfferedWeights& weights : offered)
    if (!weights.here)
      rows.push_back({escaped(weights.name), escaped(weights.model), megabytes(weights.bytes),
                      "to get", escaped(weights.origin.licence), escaped(weights.origin.source)});
  return rows;
}

void print(const std::vector<Row>& rows) {
  std::size_t name = 0, model = 0, licence = 0;
  for (const Row& row : rows) {
    name = std::max(name, row.name.size());
    model = std::max(model, row.model.size());
    licence = std::max(licence, row.licence.size());
  }
  for (const Row& row : rows)
    out(fmt::format("{:<{}}  {:<{}}  {:>9}  {:<6}  {:<{}}  {}\n", row.name, name, row.model, model,
                    row.size, row.there, row.licence, licence, row.source));
}

Json json_of(const OfferedWeights& weights) {
  return {{"name", weights.name},
          {"model", weights.model},
          {"bytes", weights.bytes},
          {"here", weights.here},
          {"address", weights.address},
          {"licence", weights.origin.licence},
          {"source", weights.origin.source},
          {"sha256", weights.origin.sha256}};
}

}  // namespace

int run_weights_list(const Arguments& arguments) {
  bool json = false;
  Parser parser("weights list",
                "Show the weights that are kept on this machine, and published ones that noyau "
                "weights get brings.",
                "  noyau weights list\n"
                "  noyau weights list --json\n");
  parser.output_flags(&json, nullptr);
  if (!parser.parse(arguments)) return kDone;
  set_phase(Phase::model);
  const std::vector<StoredWeights> here = stored_weights();
  const std::vector<OfferedWeights> offered = offered_weights();
  if (!json) {
    print(rows_of(here, offered));
    return kDone;
  }
  Json stored = Json::array(), known = Json::array();
  for (const StoredWeights& weights : here) stored.push_back(cli::json_of(weights));
  for (const OfferedWeights& weights : offered) known.push_back(json_of(weights));
  out_json({{"folder", weights_folder()}, {"weights", stored}, {"offered", known}}, true);
  return kDone;
}

}  // namespace noyau::cli
