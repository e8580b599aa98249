#include <fmt/format.h>

#include <algorithm>
#include <noyau/csv.hpp>
#include <noyau/error.hpp>
#include <noyau/model.hpp>
#include <span>

#include "exit_codes.hpp"
#include "network_flags.hpp"
#include "output.hpp"
#include "parser.hpp"

namespace noyau::cli {
namespace {

constexpr std::size_t kBatch = 32;

struct PredictFlags {
  std::string model, tta = "none", numerics = "fast";
  NetworkFlags network;
  std::vector<std::string> files;
  std::int64_t top = 3, threads = 0;
  bool json = false, csv = false;
};

/// How many of a picture's guesses are shown: of labels those that are likely, of values all.
std::size_t shown_count(const PredictFlags& flags, const Model& model,
                        const std::vector<Guess>& guesses) {
  if (model.task() == Task::values) return guesses.size();
  const std::size_t most = std::min(guesses.size(), std::size_t(flags.top));
  if (model.task() == Task::classes) return most;
  const auto unlikely = [](const Guess& guess) { return guess.probability < kNamedFrom; };
  return std::min(most, std::size_t(std::ranges::find_if(guesses, unlikely) - guesses.begin()));
}

std::string guess_text(const Model& model, const std::string& name, const Guess& guess) {
  if (model.task() == Task::values) return fmt::format("{} {:.6g}", name, guess.value);
  return fmt::format("{} {:.1f}%", name, 100 * guess.probability);
}

void print_one(const PredictFlags& flags, const Model& model, const std::string& name,
               const std::vector<Guess>& guesses) {
  const std::size_t count = shown_count(flags, model, guesses);
  const bool values = model.task() == Task::values;
  const auto class_of = [&](const Guess& g) { return model.classes()[std::size_t(g.class_id)]; };
  if (flags.json) {
    Json list = Json::array();
    for (std::size_t i = 0; i < count; ++i)
      list.push_back(
          values ? Json{{"name", class_of(guesses[i])}, {"value", guesses[i].value}}
                 : Json{{"class", class_of(guesses[i])}, {"probability", guesses[i].probability}});
    out_json({{"file", name}, {"predictions", list}});
    return;
  }
  std::string line = flags.csv ? csv_cell(name) : escaped(name) + ":";
  if (count == 0 && !flags.csv) line += " none";
  for (std::size_t i = 0; i < count; ++i)
    line += flags.csv ? fmt::format(",{},{:.6f}", csv_cell(class_of(guesses[i])),
                                    values ? guesses[i].value : guesses[i].probability)
                      : (i > 0 ? ", " : " ") +
                            guess_text(model, escaped(class_of(guesses[i])), guesses[i]);
  out(line + "\n");
}

/// How a file below an argument is called: FILE, or FOLDER/FILE.
std::string name_below(const std::string& argument, const std::string& path) {
  if (path.empty() || argument.ends_with(path)) return argument;
  return fmt::format("{}{}{}", argument, argument.ends_with("/") ? "" : "/", path);
}

std::string name_of(const Dataset& data, const std::string& argument, const Sample& sample) {
  if (data.in_memory()) return fmt::format("{}[{}]", argument, sample.index);
  return name_below(argument, sample.path);
}

/// Predicts everything below one argument; returns how many pictures could be read.
std::int64_t predict_argument(const PredictFlags& flags, Model& model,
                              const std::string& argument) {
  const Dataset data = Dataset::open_unlabelled(argument, int(model.input().channels));
  const std::span<const Sample> samples = data.samples(Split::test);
  std::int64_t read = 0;
  for (std::size_t first = 0; first < samples.size(); first += kBatch) {
    const auto batch = samples.subspan(first, std::min(kBatch, samples.size() - first));
    const auto guesses = model.predict(data, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (guesses[i].empty()) continue;
      print_one(flags, model, name_of(data, argument, batch[i]), guesses[i]);
      ++read;
    }
  }
  for (const Skipped& file : data.skipped())
    warn(escaped(fmt::format("{}: {}; skipped", name_below(argument, file.path), file.reason)));
  return read;
}

}  // namespace

int run_predict(const Arguments& arguments) {
  PredictFlags flags;
  Parser parser("predict", "Name what is in pictures, most likely class first.",
                "  noyau predict runs/latest cat.jpg\n"
                "  noyau predict runs/latest folder --top 1 --csv > predictions.csv\n"
                "  noyau predict best.noyau a.jpg b.png --json\n"
                "  noyau predict other.safetensors cat.jpg --model cifar_resnet20\n");
  parser.positional("MODEL", &flags.model, "run folder, .noyau, .safetensors or .pth file")
      .positionals("FILE", &flags.files, "pictures, folders or tars of pictures, or IDX files")
      .integer("--top", &flags.top, 1, 1000, "classes to name for each picture")
      .text("--tta", &flags.tta,
            "test-time augmentation: none, flip (two views), flips (four) or ten")
      .text("--numerics", &flags.numerics,
            "exact, fast (the default), bf16 or int8, which is quickest where the processor has it")
      .integer("--threads", &flags.threads, 0, 1024, "threads that compute; 0 = all processors")
      .output_flags(&flags.json, nullptr)
      .flag("--csv", &flags.csv, "print file,class,probability,...");
  flags.network.add_to(parser);
  if (!parser.parse(arguments)) return 0;

  set_phase(Phase::model);
  Model model = Model::from_weights(flags.network.options(), flags.model, {}, int(flags.threads));
  model.set_views(flags.tta);
  model.set_numerics(parse_numerics(flags.numerics));
  set_phase(Phase::data);
  std::int64_t read = 0;
  for (const std::string& file : flags.files) {
    try {
      read += predict_argument(flags, model, file);
    } catch (const Error& error) {
      // One bad picture among several does not keep the others from being named.
      if (flags.files.size() == 1 || exit_code(error) != kData) throw;
      warn(fmt::format("{}; skipped", error.what()));
    }
  }
  if (read == 0)
    throw Error(ErrorCode::io, flags.files[0], "no picture could be read",
                "JPEG, PNG, WebP, NPY or IDX pictures");
  return kDone;
}

}  // namespace noyau::cli
