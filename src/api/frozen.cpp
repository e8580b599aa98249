#include "api/frozen.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "api/build_id.hpp"
#include "api/cache_folder.hpp"
#include "api/feature_cache.hpp"
#include "api/files.hpp"
#include "api/first_steps.hpp"
#include "api/numbers.hpp"
#include "api/settings.hpp"
#include "base/stopwatch.hpp"
#include "data/hash.hpp"
#include "noyau/error.hpp"
#include "noyau/run.hpp"
#include "passes/passes.hpp"
#include "runtime/inference.hpp"
#include "train/features/compute.hpp"
#include "train/freeze.hpp"

namespace noyau::api {
namespace {

constexpr std::int64_t kMostBytes = std::int64_t(4) << 30;  // of the views that nobody asked for

std::string places(const std::vector<std::string>& inputs) {
  std::vector<std::string> numbers;
  for (std::size_t k = 1; k < inputs.size(); ++k)
    if (!inputs[k].empty()) numbers.push_back(std::to_string(k));
  return fmt::format("one of {}", fmt::join(numbers, ", "));
}

/// What front and weights are, as one text.
std::string fingerprint(const Graph& front, const runtime::Weights& weights) {
  const BuildInfo build = build_info();
  data::Hash hash;
  for (const std::string& text :
       {print(front), checksum_of(weights), build_id(), build.kernel_target, build.cpu})
    hash.add(text);
  return hash.text();
}

runtime::Weights weights_of(const Graph& front, const runtime::Weights& all) {
  runtime::Weights own;
  for (const Value& value : front.values())
    if (value.kind == ValueKind::parameter || value.kind == ValueKind::state)
      own.set(value.name, all.at(value.name));
  return own;
}

std::int64_t choose_views(const TrainOptions& options, bool changed, std::int64_t bytes_of_view) {
  if (!changed) return 1;
  if (options.views > 0) return options.views;
  const std::int64_t fitting =
      std::max<std::int64_t>(1, kMostBytes / std::max<std::int64_t>(1, bytes_of_view));
  return std::min({options.epochs, kUsualViews, fitting});
}

}  // namespace

bool freezes(const TrainOptions& options) { return options.freeze != "none"; }

std::string frozen_border(const TrainOptions& options, const Graph& inference) {
  const std::vector<std::string> inputs = training::stage_inputs(inference);
  const auto last = std::int64_t(inputs.size()) - 1;
  const std::int64_t stages =
      options.freeze == "head" ? last : parse_integer(options.freeze).value_or(0);
  const auto refuse = [&](const std::string& got) {
    return Error(ErrorCode::invalid_argument, "--freeze", got, places(inputs),
                 "head freezes all but the last stage");
  };
  if (stages < 1 || stages > last)
    throw refuse(fmt::format("{}: {} has {} stages", options.freeze, options.model, last + 1));
  const std::string& border = inputs[std::size_t(stages)];
  if (border.empty())
    throw refuse(fmt::format("{}: {} cannot be cut there", options.freeze, options.model));
  return border;
}

Frozen::Frozen(const Graph& whole, const std::string& border, const runtime::Weights& weights,
               const TrainOptions& options, const ModelCard& card, const Dataset& data,
               ThreadPool& pool, Told told)
    : front_(passes::cut(whole, border).front),
      weights_(weights_of(front_, weights)),
      loader_(loader_options(options, card)),
      data_(data),
      pool_(pool),
      numerics_(parse_numerics(options.numerics)),
      told_(std::move(told)),
      folder_(feature_folder()),
      front_key_(fingerprint(front_, weights_)) {
  loader_.batch = kBatch;
  loader_.training = false;
  const auto images = std::int64_t(data.samples(Split::train).size());
  views_ = choose_views(options, !loader_.augment.empty(), images * width() * 4);
}

std::int64_t Frozen::width() const {
  return front_.shape(front_.output("features")).elements() / kBatch;
}

std::int64_t Frozen::parameters() const { return count_parameters(front_); }

training::FeatureKey Frozen::key_of(Split split, std::int64_t view, bool changed) const {
  data::Hash hash;
  const auto add = [&](const auto& numbers) {
    for (const float number : numbers) hash.add(fmt::format("{}", number));
  };
  hash.add(front_key_);
  hash.add(data_.fingerprint());
  hash.add(std::uint64_t(numerics_));
  const InputSize& input = loader_.input;
  hash.add(fmt::format("{} {} {} {} {}", input.height, input.width, input.channels,
                       input.crop_fraction, to_string(input.interpolation)));
  hash.add(to_string(loader_.normalisation.kind));
  add(loader_.normalisation.mean);
  add(loader_.normalisation.deviation);
  for (const Sample& sample : data_.samples(split)) {
    hash.add(sample.path);
    hash.add(std::uint64_t(sample.index));
  }
  if (changed) {
    hash.add(to_string(loader_.augment));
    hash.add(loader_.seed);
    hash.add(std::uint64_t(view));
  }
  return {hash.text(), std::int64_t(data_.samples(split).size()), width()};
}

std::string Frozen::path_of(Split split, const training::FeatureKey& key) const {
  return fmt::format("{}/{}-{}.features", folder_, key.text, to_string(split));
}

RowSource Frozen::rows(Split split, bool training) {
  const bool changed = training && !loader_.augment.empty();
  std::shared_ptr<const Files>& files = files_[{split, changed}];
  if (!files) files = std::make_shared<const Files>(files_of(split, changed));
  const Shape& shape = front_.shape(front_.output("features"));
  // An epoch that brings a picture again takes another view of it (see Draw::round).
  const auto read = [all = files](std::int64_t position, std::int64_t epoch, std::span<float> out) {
    const std::int64_t drawn = (epoch & 0xFFFFFFFF) + (epoch >> 32);
    return (*all)[std::size_t(drawn % std::ssize(*all))].read(position, out);
  };
  return {Shape(shape.extents().subspan(1)), read};
}

Frozen::Files Frozen::files_of(Split split, bool changed) {
  Files files;
  for (std::int64_t view = 0; view < (changed ? views_ : 1); ++view)
    files.push_back(file_of(split, view, changed));
  return files;
}

training::FeatureFile Frozen::file_of(Split split, std::int64_t view, bool changed) {
  const training::FeatureKey key = key_of(split, view, changed);
  const std::string path = path_of(split, key);
  keep_from_eviction(path);
  if (auto file = training::FeatureFile::open(path, key)) return std::move(*file);
  compute(split, view, changed, key);
  if (auto file = training::FeatureFile::open(path, key)) return std::move(*file);
  throw Error(ErrorCode::io, path, "cannot be read back", "the features just written");
}

void Frozen::compute(Split split, std::int64_t view, bool changed,
                     const training::FeatureKey& key) {
  make_folder(folder_);
  make_room(folder_, key.count * key.width * std::int64_t(sizeof(float)));
  LoaderOptions options = loader_;
  options.split = split;
  options.first_epoch = view;
  if (!changed) options.augment = {};
  Loader loader(data_, options);
  runtime::Inference front(front_, weights_, pool_, numerics_);
  training::FeatureWriter writer(path_of(split, key), key);
  const Stopwatch watch;
  const std::int64_t views = changed ? views_ : 1;
  const auto told = [&](std::int64_t done) {
    if (!told_) return;
    const double left = double((views - view) * key.count - done);
    told_({split, view, views, done, key.count, watch.seconds() / double(done) * left});
  };
  training::compute_features(front, loader, writer, told);
  writer.commit();
}

void Frozen::add_to(training::Checkpoint& checkpoint) const {
  for (const std::string& name : weights_.names())
    checkpoint.weights.emplace_back(name, weights_.at(name));
}

void Frozen::remove_from(training::Checkpoint& checkpoint) const {
  std::erase_if(checkpoint.weights,
                [&](const auto& entry) { return weights_.contains(entry.first); });
}

}  // namespace noyau::api
