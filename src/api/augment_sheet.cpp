#include <algorithm>
#include <cmath>

#include "api/files.hpp"
#include "api/settings.hpp"
#include "data/augment/mix.hpp"
#include "data/pipeline.hpp"
#include "noyau/augment.hpp"
#include "noyau/error.hpp"

namespace noyau {
namespace {

constexpr std::int64_t kMargin = 4, kWideMargin = 12;  // pixels; wide: after the first column
constexpr std::int64_t kCell = 96;                     // smaller pictures are enlarged up to this
constexpr std::int64_t kMaxPictures = 1000, kMaxSide = 30000;

void require(bool good, const char* what, std::int64_t got, const std::string& expected) {
  if (!good) throw Error(ErrorCode::invalid_argument, what, std::to_string(got), expected);
}

LoaderOptions pixels_of(const TrainOptions& options, const Dataset& data, bool training) {
  LoaderOptions loader;
  loader.training = training;
  loader.input = api::choose_input(options, data);
  if (training) loader.augment = api::choose_augment(options, loader.input);
  loader.seed = options.seed;
  return loader;
}

/// Places cells of one size on a white sheet.
class Sheet {
 public:
  Sheet(const InputSize& input, std::int64_t rows, std::int64_t columns)
      : input_(input),
        zoom_(std::max<std::int64_t>(1, kCell / std::max(input.height, input.width))) {
    const std::int64_t height = rows * step(input.height) + kMargin;
    const std::int64_t width = columns * step(input.width) + kWideMargin;
    require(height <= kMaxSide && width <= kMaxSide, "sheet", std::max(height, width),
            "at most " + std::to_string(kMaxSide) + " pixels a side");
    picture_ = {int(height), int(width), 3, {}};
    picture_.pixels.assign(std::size_t(height * width * 3), 255);
  }

  /// One picture below the other; of a volume the slice in the middle.
  void place(std::int64_t column, const Batch& batch) {
    const std::int64_t rows = batch.images.shape()[0], volume = batch.images.elements() / rows;
    const std::int64_t size = volume / input_.depth;
    for (std::int64_t row = 0; row < rows; ++row)
      place(row, column,
            batch.images.as<float>().subspan(std::size_t(row * volume + input_.depth / 2 * size),
                                             std::size_t(size)));
  }

  Picture take() { return std::move(picture_); }

 private:
  /// `cell`: 0 to 1, [height, width, channels] of the input.
  void place(std::int64_t row, std::int64_t column, std::span<const float> cell) {
    const std::int64_t top = kMargin + row * step(input_.height);
    const std::int64_t left = (column == 0 ? kMargin : kWideMargin) + column * step(input_.width);
    for (std::int64_t y = 0; y < input_.height * zoom_; ++y)
      for (std::int64_t x = 0; x < input_.width * zoom_; ++x) {
        const std::int64_t from = (y / zoom_ * input_.width + x / zoom_) * input_.channels;
        const std::int64_t to = ((top + y) * picture_.width + left + x) * 3;
        for (std::int64_t c = 0; c < 3; ++c)
          picture_.pixels[std::size_t(to + c)] =
              std::uint8_t(std::lround(cell[std::size_t(from + c % input_.channels)] * 255));
      }
  }

  std::int64_t step(std::int64_t extent) const { return extent * zoom_ + kMargin; }

  InputSize input_;
  std::int64_t zoom_;
  Picture picture_;
};

Batch empty_batch(const InputSize& input, std::int64_t rows, std::int64_t classes) {
  Batch batch;
  batch.images = Tensor(input_shape(rows, input));
  batch.labels = Tensor({rows}, DType::i32);
  batch.targets = Tensor({rows, classes});
  std::ranges::fill(batch.targets.as<float>(), 0.0f);
  return batch;
}

std::span<float> cell_of(Batch& batch, std::int64_t row) {
  const std::size_t size = std::size_t(batch.images.elements() / batch.images.shape()[0]);
  return batch.images.as<float>().subspan(std::size_t(row) * size, size);
}

/// The pictures of `batch.indices` as they are in `batch.epoch`.
void fill(Batch& batch, data::Pipeline& pipeline) {
  for (std::size_t row = 0; row < batch.indices.size(); ++row) {
    const std::int64_t position = batch.indices[row];
    pipeline.produce(position, batch.epoch, cell_of(batch, std::int64_t(row)));
    batch.labels.as<std::int32_t>()[row] =
        std::max(pipeline.samples()[std::size_t(position)].label, 0);
  }
}

/// The position of the first picture from `position` on that can be read; its pixels go to `cell`.
std::int64_t first_good(data::Pipeline& pipeline, std::int64_t position, std::span<float> cell) {
  const std::int64_t samples = std::int64_t(pipeline.samples().size());
  for (std::int64_t tried = 0; tried < samples; ++tried, position = (position + 1) % samples)
    if (pipeline.produce(position, 0, cell)) return position;
  throw Error(ErrorCode::io, "train part", "no picture can be read", "at least one good picture");
}

}  // namespace

Picture augmentation_sheet(const TrainOptions& options, const Dataset& data,
                           const SheetOptions& sheet) {
  require(sheet.pictures >= 1 && sheet.pictures <= kMaxPictures, "pictures", sheet.pictures,
          "1 to " + std::to_string(kMaxPictures));
  require(sheet.variants >= 1 && sheet.variants <= kMaxPictures, "variants", sheet.variants,
          "1 to " + std::to_string(kMaxPictures));
  const LoaderOptions training = pixels_of(options, data, true);
  data::Pipeline evaluated(data, pixels_of(options, data, false)), trained(data, training);
  const InputSize& input = training.input;
  const std::int64_t samples = std::int64_t(evaluated.samples().size());
  const std::int64_t rows = std::min(sheet.pictures, samples);
  require(samples > 0, "train part", samples, "at least one sample");
  Sheet out(input, rows, 1 + sheet.variants);
  Batch batch = empty_batch(input, rows, std::int64_t(data.classes().size()));
  for (std::int64_t row = 0; row < rows; ++row)
    batch.indices.push_back(first_good(evaluated, row * samples / rows, cell_of(batch, row)));
  out.place(0, batch);
  for (batch.epoch = 0; batch.epoch < sheet.variants; ++batch.epoch) {
    fill(batch, trained);
    if (data::mixes(trained.steps())) data::mix(batch, trained.steps(), options.seed);
    out.place(1 + batch.epoch, batch);
  }
  return out.take();
}

void write_augmentation_sheet(const std::string& path, const TrainOptions& options,
                              const Dataset& data, const SheetOptions& sheet) {
  const std::vector<std::uint8_t> png = encode_png(augmentation_sheet(options, data, sheet));
  api::write_file(path, {reinterpret_cast<const char*>(png.data()), png.size()});
}

}  // namespace noyau
