#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "data/augment/mix.hpp"
#include "data/pipeline.hpp"
#include "data/sampling.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

constexpr int kMaxThreads = 256;
constexpr int kMaxQueue = 1024;
constexpr std::int64_t kMaxBatch = 65536;

using Order = std::shared_ptr<const std::vector<data::Draw>>;

void require(bool good, const char* option, std::int64_t got, const std::string& expected) {
  if (!good) throw Error(ErrorCode::invalid_argument, option, std::to_string(got), expected);
}

void check(const LoaderOptions& o) {
  require(o.batch >= 1 && o.batch <= kMaxBatch, "batch", o.batch,
          "1 to " + std::to_string(kMaxBatch));
  require(o.threads >= 1 && o.threads <= kMaxThreads, "decode threads", o.threads,
          "1 to " + std::to_string(kMaxThreads));
  require(o.queue >= 1 && o.queue <= kMaxQueue, "queue", o.queue,
          "1 to " + std::to_string(kMaxQueue));
  require(o.first_epoch >= 0, "first epoch", o.first_epoch, "at least 0");
  if (o.rows) return;
  // A picture of the right size, to try the input size and the statistics on before any thread
  // runs.
  const Image black{
      1, 1, o.input.channels,
      std::vector<std::uint8_t>(std::size_t(std::clamp<std::int64_t>(o.input.channels, 0, 3)))};
  const Image fitted = fit(black, o.input);
  std::vector<float> numbers(fitted.pixels.size());
  normalise(fitted, o.normalisation, numbers);
}

std::int64_t steps_of(std::int64_t samples, const LoaderOptions& o) {
  if (o.training) return std::max<std::int64_t>(1, samples / o.batch);
  return (samples + o.batch - 1) / o.batch;
}

Shape shape_of(const LoaderOptions& o) {
  if (!o.rows) return input_shape(o.batch, o.input);
  std::vector<std::int64_t> extents{o.batch};
  for (const std::int64_t extent : o.rows->shape.extents()) extents.push_back(extent);
  return Shape(extents);
}

struct Slot {
  Batch batch;
  bool ready = false;
  std::exception_ptr failure;
};

}  // namespace

struct Loader::Impl {
  LoaderOptions options;
  Task task = Task::classes;
  std::int64_t classes = 0;
  data::Pipeline pipeline;
  std::int64_t samples = 0;
  std::int64_t steps = 0;
  std::int64_t picture = 0;  // floats in one picture
  bool mixing = false;

  // Batches are numbered from 0 through all epochs; number b lives in slot b % slots.size().
  std::mutex mutex;
  std::condition_variable room, arrival;
  std::vector<Slot> slots;
  std::int64_t claimed = 0;   // first number that no worker has taken
  std::int64_t released = 0;  // first number that the caller has not given back
  bool holding = false;       // the caller reads slot `released`
  bool stopping = false;
  double waited = 0;
  std::map<std::int64_t, Order> orders;
  std::vector<std::thread> workers;

  Impl(Dataset dataset, const LoaderOptions& given);
  ~Impl();
  void start_workers();
  void work();
  Order order_of(std::int64_t epoch);
  void fill(std::int64_t number, Batch& batch);
  void fill_training(const Order& order, Batch& batch);
  void fill_evaluation(Batch& batch);
  bool produce(Batch& batch, std::int64_t row, const data::Draw& draw);
  void write_targets(Batch& batch, std::int64_t row, const Sample& sample);
};

Loader::Impl::Impl(Dataset dataset, const LoaderOptions& given)
    : options((check(given), given)),
      task(dataset.task()),
      classes(std::int64_t(dataset.classes().size())),
      pipeline(std::move(dataset), given) {
  samples = std::int64_t(pipeline.samples().size());
  if (samples == 0) {
    throw Error(ErrorCode::invalid_argument, std::string(to_string(options.split)) + " part",
                "no samples", "at least one");
  }
  steps = steps_of(samples, options);
  require(options.first_step >= 0 && options.first_step < steps, "first step", options.first_step,
          "0 to " + std::to_string(steps - 1));
  const Shape images = shape_of(options);
  picture = images.elements() / options.batch;
  mixing = options.training && !options.rows && data::mixes(pipeline.steps());
  require(!mixing || classes > 0, "classes", classes, "at least 1 to mix pictures");
  const std::int64_t scaled = std::int64_t(options.values.mean.size());
  require(scaled == 0 || scaled == classes, "scale of values", scaled, "one for each value");
  claimed = released = options.first_epoch * steps + options.first_step;
  slots.resize(std::size_t(options.queue) + 1);
  for (Slot& slot : slots) {
    slot.batch.images = Tensor(images);
    slot.batch.labels = Tensor({options.batch}, DType::i32);
    if (mixing || task != Task::classes) slot.batch.targets = Tensor({options.batch, classes});
    slot.batch.indices.resize(std::size_t(options.batch));
  }
  start_workers();
}

void Loader::Impl::start_workers() {
  for (int i = 0; i < options.threads; ++i) {
    try {
      workers.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (!workers.empty()) return;  // fewer threads make the same batches
      throw Error(ErrorCode::out_of_memory, "decode threads", "the system refused a thread");
    }
  }
}

Loader::Impl::~Impl() {
  {
    const std::scoped_lock lock(mutex);
    stopping = true;
  }
  room.notify_all();
  for (std::thread& worker : workers) worker.join();
}

void Loader::Impl::work() {
  for (;;) {
    std::unique_lock lock(mutex);
    room.wait(lock, [&] { return stopping || claimed < released + std::int64_t(slots.size()); });
    if (stopping) return;
    const std::int64_t number = claimed++;
    Slot& slot = slots[std::size_t(number) % slots.size()];
    lock.unlock();
    std::exception_ptr failure;
    try {
      fill(number, slot.batch);
    } catch (const std::bad_alloc&) {
      failure = std::make_exception_ptr(
          Error(ErrorCode::out_of_memory, "loader", "no memory to decode a picture"));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    slot.failure = failure;
    slot.ready = true;
    lock.unlock();
    arrival.notify_one();
  }
}

// A pure function of (seed, epoch); the last few are kept, as workers may be in different epochs.
Order Loader::Impl::order_of(std::int64_t epoch) {
  const std::scoped_lock lock(mutex);
  Order& order = orders[epoch];
  if (order) return order;
  order = std::make_shared<const std::vector<data::Draw>>(
      data::order_of_epoch(pipeline.samples(), options.sampling, options.seed, epoch));
  const Order result = order;
  constexpr std::size_t kKept = 4;
  if (orders.size() > kKept) orders.erase(orders.begin());
  return result;
}

void Loader::Impl::fill(std::int64_t number, Batch& batch) {
  batch.epoch = number / steps;
  batch.step = number % steps;
  batch.valid = 0;
  if (options.training)
    fill_training(order_of(batch.epoch), batch);
  else
    fill_evaluation(batch);
}

bool Loader::Impl::produce(Batch& batch, std::int64_t row, const data::Draw& draw) {
  const std::int64_t position = draw.position;
  // A picture that an epoch brings again is changed at random as in an epoch far away.
  const std::int64_t changes = batch.epoch + (draw.round << 32);
  const auto out =
      batch.images.as<float>().subspan(std::size_t(row * picture), std::size_t(picture));
  if (!(options.rows ? options.rows->read(position, changes, out)
                     : pipeline.produce(position, changes, out)))
    return false;
  const Sample& sample = pipeline.samples()[std::size_t(position)];
  batch.labels.as<std::int32_t>()[std::size_t(row)] = std::max(sample.label, 0);
  if (batch.has_targets()) write_targets(batch, row, sample);
  batch.indices[std::size_t(row)] = position;
  return true;
}

// Of classes a one at the label: they are mixed with others.
void Loader::Impl::write_targets(Batch& batch, std::int64_t row, const Sample& sample) {
  const auto out =
      batch.targets.as<float>().subspan(std::size_t(row * classes), std::size_t(classes));
  std::ranges::fill(out, 0.0f);
  if (task == Task::classes)
    out[std::size_t(std::max(sample.label, 0))] = 1;
  else
    std::ranges::copy(sample.targets, out.begin());
  const ValueScale& scale = options.values;
  for (std::size_t k = 0; k < scale.mean.size(); ++k)
    out[k] = (out[k] - scale.mean[k]) / scale.deviation[k];
}

void Loader::Impl::fill_training(const Order& order, Batch& batch) {
  for (std::int64_t row = 0; row < options.batch; ++row) {
    const std::int64_t place = batch.step * options.batch + row;
    std::int64_t tried = 0;
    while (tried < samples &&
           !produce(batch, row, (*order)[std::size_t((place + tried) % samples)]))
      ++tried;
    if (tried == samples) {
      throw Error(ErrorCode::io, std::string(to_string(options.split)) + " part",
                  "none of its " + std::to_string(samples) + " pictures can be read",
                  "at least one good picture");
    }
  }
  batch.valid = options.batch;
  if (mixing) data::mix(batch, pipeline.steps(), options.seed);
}

void Loader::Impl::fill_evaluation(Batch& batch) {
  const std::int64_t first = batch.step * options.batch;
  const std::int64_t end = std::min(first + options.batch, samples);
  for (std::int64_t position = first; position < end; ++position)
    if (produce(batch, batch.valid, {position})) ++batch.valid;
  const std::size_t valid = std::size_t(batch.valid);
  std::ranges::fill(batch.images.as<float>().subspan(valid * std::size_t(picture)), 0.0f);
  std::ranges::fill(batch.labels.as<std::int32_t>().subspan(valid), 0);
  std::ranges::fill(std::span(batch.indices).subspan(valid), -1);
  if (batch.has_targets())
    std::ranges::fill(batch.targets.as<float>().subspan(valid * std::size_t(classes)), 0.0f);
}

Loader::Loader(Dataset dataset, LoaderOptions options)
    : impl_(std::make_unique<Impl>(std::move(dataset), options)) {}

Loader::~Loader() = default;

std::int64_t Loader::steps_per_epoch() const { return impl_->steps; }

const Batch& Loader::next() {
  Impl& self = *impl_;
  std::unique_lock lock(self.mutex);
  if (self.holding) {
    self.slots[std::size_t(self.released) % self.slots.size()].ready = false;
    ++self.released;
    self.holding = false;
    self.room.notify_one();
  }
  Slot& slot = self.slots[std::size_t(self.released) % self.slots.size()];
  if (!slot.ready) {
    const auto start = std::chrono::steady_clock::now();
    self.arrival.wait(lock, [&] { return slot.ready; });
    self.waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  if (slot.failure) std::rethrow_exception(slot.failure);
  self.holding = true;
  return slot.batch;
}

double Loader::wait_seconds() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->waited;
}

}  // namespace noyau
