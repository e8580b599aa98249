#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <thread>

#include "data/load.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"none", "mean_image", "channel_mean",
                                                    "mean_std"};

// A constant channel carries nothing: dividing by its zero deviation must not make infinities.
constexpr double kSmallestDeviation = 1.0 / 255.0;

// Integer sums: exact, so the order in which threads add does not show.
struct Sums {
  std::vector<std::uint64_t> values;       // per element of the picture
  std::array<std::uint64_t, 3> squares{};  // per channel
  std::uint64_t images = 0;

  void add(const Image& image) {
    values.resize(image.pixels.size());
    const std::size_t channels = std::size_t(image.channels);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      const std::uint64_t pixel = image.pixels[i];
      values[i] += pixel;
      squares[i % channels] += pixel * pixel;
    }
    ++images;
  }

  void add(const Sums& other) {
    values.resize(std::max(values.size(), other.values.size()));
    for (std::size_t i = 0; i < other.values.size(); ++i) values[i] += other.values[i];
    for (std::size_t c = 0; c < 3; ++c) squares[c] += other.squares[c];
    images += other.images;
  }
};

std::optional<Image> try_fit(const Dataset& dataset, const Sample& sample, const InputSize& input) {
  try {
    return data::load_fitted(dataset, sample, input);
  } catch (const Error& error) {
    dataset.skip(sample.path, error.got());
    return std::nullopt;
  }
}

Sums sum_pictures(const Dataset& dataset, const InputSize& input, int threads, std::int64_t count) {
  const std::vector<Sample>& samples = dataset.samples(Split::train);
  const std::int64_t all = std::int64_t(samples.size());
  std::vector<Sums> parts(std::size_t(std::max(threads, 1)));
  std::vector<std::exception_ptr> failures(parts.size());
  auto work = [&](std::size_t part) {
    try {
      for (std::int64_t i = std::int64_t(part); i < count; i += std::int64_t(parts.size()))
        if (const auto image = try_fit(dataset, samples[std::size_t(i * all / count)], input))
          parts[part].add(*image);
    } catch (...) {
      failures[part] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> workers;
    for (std::size_t part = 1; part < parts.size(); ++part) workers.emplace_back(work, part);
    work(0);
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
  Sums total;
  for (const Sums& part : parts) total.add(part);
  return total;
}

Normalisation channel_statistics(const Sums& sums, NormalisationKind kind, std::size_t channels) {
  Normalisation out{kind, {}, {}};
  const double pixels = double(sums.images) * double(sums.values.size() / channels);
  for (std::size_t c = 0; c < channels; ++c) {
    std::uint64_t total = 0;
    for (std::size_t i = c; i < sums.values.size(); i += channels) total += sums.values[i];
    const double mean = double(total) / pixels;
    const double variance = std::max(0.0, double(sums.squares[c]) / pixels - mean * mean);
    out.mean.push_back(float(mean / 255.0));
    if (kind == NormalisationKind::mean_std)
      out.deviation.push_back(float(std::max(std::sqrt(variance) / 255.0, kSmallestDeviation)));
  }
  return out;
}

Normalisation mean_image(const Sums& sums) {
  Normalisation out{NormalisationKind::mean_image, {}, {}};
  out.mean.reserve(sums.values.size());
  for (const std::uint64_t value : sums.values)
    out.mean.push_back(float(double(value) / (255.0 * double(sums.images))));
  return out;
}

void check_sizes(const Image& image, const Normalisation& n, std::size_t out) {
  const std::size_t channels = std::size_t(image.channels), elements = image.pixels.size();
  std::size_t mean = channels, deviation = 0;
  if (n.kind == NormalisationKind::none) mean = 0;
  if (n.kind == NormalisationKind::mean_image) mean = elements;
  if (n.kind == NormalisationKind::mean_std) deviation = channels;
  if (n.mean.size() == mean && n.deviation.size() == deviation && out == elements) return;
  throw Error(ErrorCode::shape_mismatch, "normalise",
              std::to_string(n.mean.size()) + " means, " + std::to_string(n.deviation.size()) +
                  " deviations and room for " + std::to_string(out) + " numbers",
              std::to_string(mean) + ", " + std::to_string(deviation) + " and " +
                  std::to_string(elements) + " for this picture");
}

}  // namespace

std::string_view to_string(NormalisationKind kind) { return kKinds[std::size_t(kind)]; }

NormalisationKind parse_normalisation(std::string_view name) {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (kKinds[i] == name) return NormalisationKind(i);
  throw Error(ErrorCode::invalid_argument, "normalisation", std::string(name),
              "none, mean_image, channel_mean or mean_std");
}

void normalise(const Image& image, const Normalisation& normalisation, std::span<float> out) {
  check_sizes(image, normalisation, out.size());
  if (normalisation.kind == NormalisationKind::mean_image) {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = float(image.pixels[i]) / 255.0f - normalisation.mean[i];
    return;
  }
  // A pixel has 256 values: two divisions for each, not for each pixel.
  const std::size_t channels = std::size_t(image.channels);
  std::array<std::array<float, 256>, 3> table;
  for (std::size_t c = 0; c < channels; ++c) {
    const float mean = normalisation.mean.empty() ? 0.0f : normalisation.mean[c];
    const float deviation = normalisation.deviation.empty() ? 1.0f : normalisation.deviation[c];
    for (std::size_t v = 0; v < 256; ++v) table[c][v] = (float(v) / 255.0f - mean) / deviation;
  }
  for (std::size_t i = 0; i < out.size(); i += channels)
    for (std::size_t c = 0; c < channels; ++c) out[i + c] = table[c][image.pixels[i + c]];
}

Normalisation measure_normalisation(const Dataset& dataset, NormalisationKind kind,
                                    const InputSize& input, int threads, std::int64_t max_images) {
  if (kind == NormalisationKind::none) return {};
  const std::int64_t all = std::int64_t(dataset.samples(Split::train).size());
  const std::int64_t count = max_images > 0 ? std::min(max_images, all) : all;
  const Sums sums = sum_pictures(dataset, input, threads, count);
  if (sums.images == 0) {
    throw Error(ErrorCode::io, dataset.path(), "no training picture could be read",
                "at least one good picture");
  }
  return kind == NormalisationKind::mean_image
             ? mean_image(sums)
             : channel_statistics(sums, kind, std::size_t(input.channels));
}

}  // namespace noyau
