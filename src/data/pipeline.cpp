#include "data/pipeline.hpp"

#include <utility>

#include "data/slices.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

// What is known of one picture only; lack of memory and the like stop the run.
bool is_about_the_picture(ErrorCode code) {
  return code == ErrorCode::io || code == ErrorCode::corrupt_file || code == ErrorCode::unsupported;
}

}  // namespace

Pipeline::Pipeline(Dataset dataset, const LoaderOptions& options)
    : dataset_(std::move(dataset)),
      options_(options),
      steps_(options.training ? resolve(options.augment) : std::vector<Step>{}),
      samples_(dataset_.samples(options.split)),
      bad_(samples_.size()),
      cache_left_(options.cache_bytes) {
  const bool ready_made = dataset_.in_memory() && dataset_.height() == options.input.height &&
                          dataset_.width() == options.input.width;
  if (!ready_made && options.cache_bytes > 0) cache_.resize(samples_.size());
}

Pipeline::Shared Pipeline::cached(std::int64_t position) {
  if (cache_.empty()) return nullptr;
  const std::scoped_lock lock(mutex_);
  return cache_[std::size_t(position)];
}

void Pipeline::keep(std::int64_t position, const Shared& image) {
  if (cache_.empty()) return;
  const std::scoped_lock lock(mutex_);
  const std::int64_t bytes = std::int64_t(image->pixels.size() + sizeof(Image));
  if (bytes > cache_left_ || cache_[std::size_t(position)]) return;
  cache_left_ -= bytes;
  cache_[std::size_t(position)] = image;
}

Image Pipeline::fitted(const Image& image) const {
  return fit(image, options_.input, options_.training ? TestView{} : options_.view);
}

Pipeline::Shared Pipeline::decoded(std::int64_t position) {
  if (Shared image = cached(position)) return image;
  const Sample& sample = samples_[std::size_t(position)];
  std::optional<Image> image;
  try {
    image = dataset_.load(sample);
  } catch (const Error& error) {
    if (!is_about_the_picture(error.code())) throw;
    dataset_.skip(sample.path, error.got());
    return nullptr;
  }
  Shared result = std::make_shared<const Image>(
      resizes(steps_) ? with_depth(*image, options_.input.depth) : fitted(*image));
  keep(position, result);
  return result;
}

bool Pipeline::produce(std::int64_t position, std::int64_t epoch, std::span<float> out) {
  std::atomic<bool>& bad = bad_[std::size_t(position)];
  if (bad) return false;
  const Shared image = decoded(position);
  if (!image) {
    bad = true;
    return false;
  }
  if (steps_.empty()) {
    normalise(*image, options_.normalisation, out);
  } else {
    const std::int64_t index = samples_[std::size_t(position)].index;
    normalise(augment(*image, steps_, options_.input, options_.seed, epoch, index),
              options_.normalisation, out);
  }
  return true;
}

}  // namespace noyau::data
