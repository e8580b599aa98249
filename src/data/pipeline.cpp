#include "data/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "data/load.hpp"
#include "data/slices.hpp"
#include "noyau/error.hpp"

namespace noyau::data {
namespace {

std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

Pipeline::Pipeline(Dataset dataset, const LoaderOptions& options)
    : dataset_(std::move(dataset)),
      options_(options),
      steps_(resolve(options.augment)),
      taking_(taking_step(steps_)),
      samples_(dataset_.samples(options.split)),
      states_(samples_.size()),
      cache_left_(options.cache_bytes) {
  const bool ready_made = dataset_.in_memory() && dataset_.height() == options.input.height &&
                          dataset_.width() == options.input.width;
  if (!ready_made && options.cache_bytes > 0) cache_.resize(samples_.size());
  cache_full_ = cache_.empty();
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
  if (cache_[std::size_t(position)]) return;
  if (bytes > cache_left_) {
    cache_full_ = true;
    return;
  }
  cache_left_ -= bytes;
  cache_[std::size_t(position)] = image;
}

// So that the smallest part is not smaller than the input.
std::function<Size(Size)> Pipeline::whole_size() const {
  return [this](Size size) {
    const Step& step = steps_[*taking_];
    const Size least = step.kind->take.least(step.arguments, size);
    return Size{divided_up(options_.input.height * size.height, least.height),
                divided_up(options_.input.width * size.width, least.width)};
  };
}

// A step before the one that takes a part sees pictures at their own size.
bool Pipeline::takes_parts() const {
  return taking_ && std::none_of(steps_.begin(), steps_.begin() + std::ptrdiff_t(*taking_),
                                 [](const Step& step) { return step.kind->change; });
}

Image Pipeline::decode(const Sample& sample) const {
  if (!taking_) {
    const TestView view = options_.training ? TestView{} : options_.view;
    return load_fitted(dataset_, sample, options_.input, view);
  }
  if (!takes_parts()) return with_depth(dataset_.load(sample), options_.input.depth);
  return with_depth(load(dataset_, sample, {.resized_to = whole_size()}), options_.input.depth);
}

Pipeline::Shared Pipeline::decoded(std::int64_t position) {
  if (Shared image = cached(position)) return image;
  const Shared image = std::make_shared<const Image>(decode(samples_[std::size_t(position)]));
  keep(position, image);
  return image;
}

// The part that this epoch takes. Where the whole picture will not be kept anyway, nothing else of
// it is decoded; the first time all bytes are read, so that a picture is bad in all its epochs or
// in none.
Image Pipeline::taken(std::int64_t position, const DrawKey& key) {
  const auto draw = [&](Size size) { return part_of(steps_, *taking_, size, key); };
  if (!cache_full_ || cached(position)) {
    const Shared whole = decoded(position);
    return resized(*whole, draw({whole->height, whole->width}), options_.input);
  }
  const bool first = states_[std::size_t(position)] == State::unknown;
  const Image part = load(dataset_, samples_[std::size_t(position)],
                          {.resized_to = whole_size(), .part = draw, .to_the_end = first});
  return resized(part, {0, 0, part.height, part.width}, options_.input);
}

Image Pipeline::augmented(std::int64_t position, const DrawKey& key) {
  if (!takes_parts()) return augment(*decoded(position), steps_, options_.input, key);
  return augment(taken(position, key), steps_, options_.input, key, *taking_ + 1);
}

bool Pipeline::produce(std::int64_t position, std::int64_t epoch, std::span<float> out) {
  std::atomic<State>& state = states_[std::size_t(position)];
  if (state == State::bad) return false;
  const Sample& sample = samples_[std::size_t(position)];
  try {
    if (steps_.empty())
      normalise(*decoded(position), options_.normalisation, out);
    else
      normalise(augmented(position, {options_.seed, epoch, sample.index}), options_.normalisation,
                out);
  } catch (const Error& error) {
    if (!is_about_the_picture(error.code())) throw;
    dataset_.skip(sample.path, error.got());
    state = State::bad;
    return false;
  }
  state = State::good;
  return true;
}

}  // namespace noyau::data
