#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <noyau/compare.hpp>
#include <noyau/error.hpp>

#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

struct CompareFlags {
  std::vector<std::string> models;
  std::int64_t size = 0, batch = 1, threads = 0;
  bool counts = false, train = false, json = false, csv = false;
};

/// "mobilenetv1_050@160": a network and the size of its input.
ModelOptions network_of(const std::string& text, const CompareFlags& flags) {
  ModelOptions options;
  options.batch = flags.batch;
  options.height = options.width = flags.size;
  const std::size_t at = text.find('@');
  options.name = text.substr(0, at);
  if (at == std::string::npos) return options;
  const std::string size = text.substr(at + 1);
  std::int64_t pixels = 0;
  const auto read = std::from_chars(size.data(), size.data() + size.size(), pixels);
  if (read.ec != std::errc() || read.ptr != size.data() + size.size() || pixels < 1 ||
      pixels > 4096)
    throw Error(ErrorCode::invalid_argument, text, fmt::format("size \"{}\"", size),
                "a whole number from 1 to 4096");
  options.height = options.width = pixels;
  return options;
}

std::vector<CompareOptions> options_of(const CompareFlags& flags) {
  std::vector<CompareOptions> list;
  for (const std::string& text : flags.models) {
    CompareOptions options;
    options.model = network_of(text, flags);
    options.timed = !flags.counts;
    options.train = flags.train;
    options.threads = int(flags.threads);
    summarise(options.model);  // a wrong name or size is told before any time is taken
    list.push_back(std::move(options));
  }
  return list;
}

/// All rows; networks that make the user wait longer than 2 s are named on standard error.
std::vector<ModelComparison> measure(const CompareFlags& flags) {
  using Clock = std::chrono::steady_clock;
  const std::vector<CompareOptions> list = options_of(flags);
  std::vector<ModelComparison> rows;
  for (const auto begin = Clock::now(); rows.size() < list.size();) {
    const CompareOptions& options = list[rows.size()];
    if (Clock::now() - begin > std::chrono::seconds(2))
      err(fmt::format("timing {} ({} of {})\n", options.model.name, rows.size() + 1, list.size()));
    rows.push_back(compare_model(options));
  }
  return rows;
}

double millions(double value) { return value / 1e6; }

std::string published_text(const ModelComparison& row) {
  if (!row.published) return {};
  std::string text = fmt::format("{:g} M", row.published->parameters_m);
  if (row.published->macs_m > 0) text += fmt::format(", {:g} M", row.published->macs_m);
  return text;
}

void print_table(const std::vector<ModelComparison>& rows, const CompareFlags& flags) {
  const auto line = [](auto model, auto input, auto parameters, auto macs, auto weights,
                       auto activations, auto ms, auto published) {
    std::string text = fmt::format("{:<22} {:<16} {:>11} {:>15} {:>10} {:>14} {:>11}  {}", model,
                                   input, parameters, macs, weights, activations, ms, published);
    text.erase(text.find_last_not_of(' ') + 1);
    out(text + "\n");
  };
  line("model", "input", "parameters", "MACs", "weights MB", "activations MB", "ms/picture",
       "published");
  for (const ModelComparison& row : rows)
    line(row.model, to_string(row.input), grouped(row.parameters), grouped(row.macs),
         fmt::format("{:.1f}", millions(double(row.weight_bytes))),
         fmt::format("{:.1f}", millions(double(row.activation_bytes))),
         flags.counts ? "-" : fmt::format("{:.2f}", row.ms_per_picture), published_text(row));
  out(fmt::format(
      "\nMACs are multiply-adds of one picture; times are medians of {} on this machine, "
      "batch {}.\n",
      flags.train ? "training steps" : "inference runs", flags.batch));
  for (const ModelComparison& row : rows)
    if (row.published)
      out(fmt::format("{}: published by {}{}{}.\n", row.model, row.published->source,
                      row.published->reason.empty() ? "" : "; ", row.published->reason));
}

void print_csv(const std::vector<ModelComparison>& rows) {
  out("model,input,parameters,macs,weight_bytes,activation_bytes,ms_per_picture,"
      "published_parameters_m,published_macs_m\n");
  for (const ModelComparison& row : rows) {
    out(fmt::format("{},{},{},{},{},{},{:.4f},", row.model, to_string(row.input), row.parameters,
                    row.macs, row.weight_bytes, row.activation_bytes, row.ms_per_picture));
    if (row.published) out(fmt::format("{:g}", row.published->parameters_m));
    out(row.published && row.published->macs_m > 0 ? fmt::format(",{:g}\n", row.published->macs_m)
                                                   : ",\n");
  }
}

Json json_of(const ModelComparison& row, bool timed) {
  Json json{
      {"model", row.model},
      {"input", std::vector<std::int64_t>(row.input.extents().begin(), row.input.extents().end())},
      {"parameters", row.parameters},
      {"macs", row.macs},
      {"weight_bytes", row.weight_bytes},
      {"activation_bytes", row.activation_bytes},
      {"ms_per_picture", row.ms_per_picture},
      {"published", nullptr}};
  if (!timed) json["ms_per_picture"] = nullptr;
  if (!row.published) return json;
  const PublishedCount& count = *row.published;
  json["published"] = {{"parameters_m", count.parameters_m},
                       {"macs_m", nullptr},
                       {"source", count.source},
                       {"reason", count.reason}};
  if (count.macs_m > 0) json["published"]["macs_m"] = count.macs_m;
  return json;
}

}  // namespace

int run_compare(const Arguments& arguments) {
  CompareFlags flags;
  Parser parser("compare", "Networks beside each other: parameters, MACs, memory, time.",
                "  noyau compare resnet50 resnext50_32x4d\n"
                "  noyau compare mobilenetv1_100 mobilenetv1_050@160 googlenet vgg16\n"
                "  noyau compare cifar_resnet20 cifar_resnet56 --train --batch 32 --json\n");
  parser
      .positionals("MODEL", &flags.models, "architectures; NAME@N for an input of N pixels a side")
      .integer("--size", &flags.size, 1, 4096, "height and width of the inputs, pixels")
      .integer("--batch", &flags.batch, 1, 65536, "pictures of one step")
      .integer("--threads", &flags.threads, 0, 1024, "threads that compute; 0 = all processors")
      .flag("--counts", &flags.counts, "count only, take no time")
      .flag("--train", &flags.train, "time training steps instead of inference")
      .output_flags(&flags.json, nullptr)
      .flag("--csv", &flags.csv, "print comma-separated values");
  if (!parser.parse(arguments)) return 0;
  const std::vector<ModelComparison> rows = measure(flags);
  if (flags.json) {
    Json list = Json::array();
    for (const ModelComparison& row : rows) list.push_back(json_of(row, !flags.counts));
    out_json(list, true);
  } else if (flags.csv) {
    print_csv(rows);
  } else {
    print_table(rows, flags);
  }
  return 0;
}

}  // namespace noyau::cli
