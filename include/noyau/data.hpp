#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/task.hpp"
#include "noyau/tensor.hpp"

namespace noyau {

/// A picture: 8-bit pixels, row-major [height, width, channels], 1 (grey) or 3 (RGB) channels. Or a
/// volume: [depth, height, width, channels].
struct Image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> pixels;
  std::int64_t depth = 1;
  bool operator==(const Image&) const = default;
};

/// Pictures with more pixels than this are refused from their header.
inline constexpr std::int64_t kMaxPixels = 178'000'000;

/// Decodes a whole JPEG, PNG, WebP or NPY file held in memory, told apart by its first bytes. The
/// EXIF orientation is applied and transparency is laid on white. `channels`: 0 = as the file says,
/// 1 = grey, 3 = RGB. `where` names the picture in errors. Throws Error(corrupt_file) for damaged
/// or cut files, Error(unsupported) for other formats and for more than `kMaxPixels` pixels.
Image decode_image(std::span<const std::uint8_t> bytes, const std::string& where, int channels = 0);

/// Reads and decodes one JPEG, PNG, WebP or NPY file; as `decode_image`, and Error(io) when it
/// cannot be read.
Image load_image(const std::string& path, int channels = 0);

/// How pixels between pixels are made: from the four around them, or from sixteen (Keys 1981, with
/// a = -0.5).
enum class Interpolation : std::uint8_t { bilinear, bicubic };
std::string_view to_string(Interpolation interpolation);
/// Throws Error(invalid_argument) listing the known names.
Interpolation parse_interpolation(std::string_view name);

/// Resize with the filter widened when shrinking (antialiased), rounding as Pillow does.
/// Throws Error(invalid_argument) when an extent is under 1.
Image resize(const Image& image, std::int64_t height, std::int64_t width,
             Interpolation interpolation = Interpolation::bilinear);

/// What a network eats: extents of its input in pixels, and the share of the shorter side that the
/// centre crop keeps (1 = all, 0.875 = the usual 224 out of 256).
struct InputSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 3;
  double crop_fraction = 1.0;
  std::int64_t depth = 1;                                 ///< slices of a volume
  Interpolation interpolation = Interpolation::bilinear;  ///< of the resize
  bool operator==(const InputSize&) const = default;
};

/// Of a batch: [batch, height, width, channels], of volumes [batch, depth, height, width,
/// channels].
Shape input_shape(std::int64_t batch, const InputSize& input);

/// Resizes `image` (aspect kept) until it covers the input divided by `crop_fraction`, takes the
/// centre and converts the channels: what evaluation, prediction and statistics use. Of a volume
/// slices evenly spaced are taken, and each is treated so.
Image fit(const Image& image, const InputSize& input);

/// One of the views of a picture that test-time augmentation predicts from.
struct TestView {
  enum class Place : std::uint8_t { centre, top_left, top_right, bottom_left, bottom_right };
  Place place = Place::centre;
  bool flip = false;   ///< left and right exchanged
  bool vflip = false;  ///< top and bottom exchanged
  bool operator==(const TestView&) const = default;
};
/// "none": the centre alone; "flip": also flipped; "flips": in all four ways; "ten": centre and
/// corners, each also flipped (Krizhevsky et al. 2012). Throws Error(invalid_argument) listing the
/// names.
std::vector<TestView> test_views(std::string_view name);
/// As `fit` for the centre. Corners are cut from a picture resized to at least 8/7 of the input.
Image fit(const Image& image, const InputSize& input, const TestView& view);

enum class NormalisationKind : std::uint8_t { none, mean_image, channel_mean, mean_std };
std::string_view to_string(NormalisationKind kind);
/// Throws Error(invalid_argument) listing the known names.
NormalisationKind parse_normalisation(std::string_view name);

/// The network sees (pixel / 255 - mean) / deviation. `mean` and `deviation` are in units of 0..1.
struct Normalisation {
  NormalisationKind kind = NormalisationKind::none;
  std::vector<float> mean;       ///< [channels], or [height * width * channels] for mean_image
  std::vector<float> deviation;  ///< [channels], only for mean_std
  bool operator==(const Normalisation&) const = default;
};

/// Writes the normalised pixels, NHWC, to `out` (height * width * channels floats). Throws
/// Error(shape_mismatch) when the statistics are not of the image's size.
void normalise(const Image& image, const Normalisation& normalisation, std::span<float> out);

enum class Split : std::uint8_t { train, val, test };
std::string_view to_string(Split split);

/// One labelled picture of a dataset; plain data, the pixels come from `Dataset::load`.
struct Sample {
  std::string path;         ///< below the dataset's folder; of IDX sets the images file
  std::int32_t label = -1;  ///< class id, -1 = unknown or none
  std::int64_t index = 0;   ///< folders: place in the sorted list of all files; IDX: image number
  std::int32_t source = 0;  ///< IDX: which images file
  std::vector<float> targets = {};  ///< tasks labels (0 or 1) and values: one per name
  bool operator==(const Sample&) const = default;
};

/// A file that was left out, and why.
struct Skipped {
  std::string path;
  std::string reason;
  bool operator==(const Skipped&) const = default;
};

struct DataOptions {
  std::uint64_t seed = 0;      ///< of the split, where the folder does not bring one
  double val_fraction = 0.1;   ///< of the training pictures, stratified; 0 = no validation part
  double test_fraction = 0.1;  ///< used where the folder brings neither a val nor a test part
  int channels = 0;            ///< 0 = 1 if all pictures are grey, else 3
  /// Cross-validation: the training pictures are cut into so many parts, and number `fold` (from 0)
  /// is the test part, in place of one that the folder brings; 0 = none.
  std::int64_t folds = 0, fold = 0;
  /// At most so many training pictures of each class, drawn by the seed; 0 = all.
  std::int64_t per_class = 0;
  /// A file of lists that `write_split` wrote (noyau/split.hpp): they decide on the parts, in place
  /// of what the folder brings and of everything above but `channels`. Empty = none.
  std::string split = {};
};

/// Labelled pictures in three lists. Copies are cheap and share the same data; all functions may be
/// called from several threads. Nothing is ever written to the data's folder.
class Dataset {
 public:
  /// Opens a folder with a labels.csv (docs/data.md), of tar shards, of IDX files (MNIST naming,
  /// .gz or not; class names from classes.txt if there is one) or a class-per-folder tree of
  /// pictures, with train/ val/ test/ above it or not; or one tar. Throws Error(io, corrupt_file,
  /// unsupported, invalid_argument) naming file or class.
  static Dataset open(const std::string& path, const DataOptions& options = {});
  /// Opens pictures without labels: an IDX images file, one picture, a folder or a tar of them. All
  /// are in `Split::test` with label -1.
  static Dataset open_unlabelled(const std::string& path, int channels = 0);

  const std::string& path() const;
  /// True when the pixels are in memory (IDX), false when files are decoded on demand.
  bool in_memory() const;
  /// One class a picture, but of a labels.csv that says otherwise.
  Task task() const;
  /// Names of the classes (class id = position), of the labels or of the values.
  const std::vector<std::string>& classes() const;
  /// 1 or 3.
  int channels() const;
  /// Slices of the volumes, of the first one where they differ; 1 for pictures.
  std::int64_t depth() const;
  /// Extents in pixels that all pictures have (IDX, NPY); 0 where they differ or are not known.
  std::int64_t height() const;
  std::int64_t width() const;
  const std::vector<Sample>& samples(Split split) const;
  /// Decoded at its own size, with `channels()` channels. Throws Error as `load_image` does.
  Image load(const Sample& sample) const;
  /// How a picture is called in lists: its path, or FILE#NUMBER where one file holds many.
  std::string name(const Sample& sample) const;
  /// The sample's file as it is stored; not of IDX sets. Throws Error(io).
  std::vector<std::uint8_t> encoded(const Sample& sample) const;
  /// 32 hexadecimal digits over names, sizes and times of the files (IDX: over the bytes); differs
  /// when the data changed.
  const std::string& fingerprint() const;
  /// Files left out so far, sorted by path: found when opening, and by loaders since.
  std::vector<Skipped> skipped() const;
  /// Adds to `skipped()` unless the path is there already.
  void skip(const std::string& path, const std::string& reason) const;

 private:
  struct Impl;
  explicit Dataset(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

/// Statistics over the training part after `fit`, the same bits for any number of threads.
/// `max_images` > 0: only that many, evenly spaced. Bad pictures are skipped. Throws Error(io) when
/// no picture could be read.
Normalisation measure_normalisation(const Dataset& dataset, NormalisationKind kind,
                                    const InputSize& input, int threads = 1,
                                    std::int64_t max_images = 0);

/// What values are divided by for the network, so that all count alike: it learns
/// (value - mean) / deviation. Empty = they stay as they are.
struct ValueScale {
  std::vector<float> mean, deviation;
  bool operator==(const ValueScale&) const = default;
};

/// Of the training part of a dataset of values; a deviation of 0 becomes 1. Empty for other tasks.
ValueScale measure_values(const Dataset& dataset);

/// A number that a kind of augmentation takes.
struct AugmentationArgument {
  std::string name;         ///< "degrees"
  double least = 0;         ///< smallest value allowed
  double most = 1;          ///< largest value allowed
  double value = 0;         ///< when it is not given; NaN = follows from the picture's size
  bool whole = false;       ///< whole numbers only
  bool ends_range = false;  ///< not below the argument before it
};

/// What a step of an augmentation can be.
struct AugmentationKind {
  std::string name;
  std::vector<AugmentationArgument> arguments;
  std::string help;    ///< what it does, without a full stop
  std::string source;  ///< the paper, or the library whose rule it follows; empty where plain
};

/// All kinds, in the order in which they are shown.
const std::vector<AugmentationKind>& augmentation_kinds();

/// One step of the random changes to training pictures: the name of a kind and its first arguments;
/// the others have their defaults.
struct Augmentation {
  std::string kind;
  std::vector<double> arguments;
  bool operator==(const Augmentation&) const = default;
};

/// Reads steps joined by commas, each with its arguments after "=" separated by ":", without regard
/// to the locale: "crop,flip,rotate=15,jitter=0.4:0.4:0.4:0.1". "none" is no step. Throws
/// Error(invalid_argument) naming the step, with the allowed range or the nearest name.
std::vector<Augmentation> parse_augmentations(std::string_view text);

/// True when one of the steps mixes pictures of a batch, whose labels then are mixed too.
bool mixes(const std::vector<Augmentation>& steps);

/// The text that `parse_augmentations` reads as the same steps.
std::string to_string(const std::vector<Augmentation>& steps);

/// Which pictures an epoch of training brings; both are pure functions of (seed, epoch).
enum class Sampling : std::uint8_t {
  shuffle,  ///< each once, in random order
  /// As many, each class equally often: without replacement until all of a class were drawn, and
  /// then again, with other random changes.
  balanced
};

/// What batches hold in place of pictures, such as what the frozen part of a network made of them.
struct RowSource {
  Shape shape;  ///< of one row
  /// Writes the row of the sample at `position` as it is in `epoch`; false when its picture is bad.
  /// Called from several threads.
  std::function<bool(std::int64_t position, std::int64_t epoch, std::span<float> out)> read;
};

struct LoaderOptions {
  Split split = Split::train;
  Sampling sampling = Sampling::shuffle;  ///< training only
  /// Training: shuffled, full batches only. Otherwise: in order, last batch padded.
  bool training = false;
  std::int64_t batch = 32;
  InputSize input;
  TestView view = {};  ///< where not training
  Normalisation normalisation;
  ValueScale values;  ///< of the targets of values
  /// In order; each a pure function of picture, arguments and (seed, epoch, sample, position). One
  /// of those that mix is drawn for each batch and acts after normalisation, wherever it stands.
  std::vector<Augmentation> augment;
  std::optional<RowSource> rows = {};  ///< in place of pictures; nothing is augmented then
  std::uint64_t seed = 0;
  int threads = 1;                                   ///< decode threads
  int queue = 4;                                     ///< batches made ahead of the step
  std::int64_t cache_bytes = std::int64_t(1) << 30;  ///< for decoded pictures; 0 = no cache
  std::int64_t first_epoch = 0;                      ///< resume: the first batch `next` gives
  std::int64_t first_step = 0;
};

/// What one step eats. `images`: f32 [batch, height, width, channels], of volumes [batch, depth,
/// height, width, channels]; `labels`: i32 [batch]. Rows
/// from `valid` on are zero with label 0 and index -1 (evaluation only; training batches are full).
/// Unknown labels are 0 as well. `targets`: f32 [batch, classes] of labels and values, and of
/// training batches whose steps mix pictures (mixup, cutmix); else without storage.
struct Batch {
  Tensor images;
  Tensor labels;
  Tensor targets;
  std::vector<std::int64_t> indices;  ///< positions in `Dataset::samples(split)`
  std::int64_t valid = 0;
  std::int64_t epoch = 0;
  std::int64_t step = 0;  ///< within its epoch
  bool has_targets() const { return targets.raw() != nullptr; }
};

/// Makes batches on its own threads, ahead of the caller. Batches depend on data, options, epoch
/// and step alone, never on threads or timing. A training set smaller than a batch is repeated to
/// fill it. A bad picture is recorded in `Dataset::skipped`; in training the next good one of the
/// epoch's order takes its place, in evaluation it is left out of the batch.
class Loader {
 public:
  /// Throws Error(invalid_argument) for options out of range, an empty part, or steps that mix
  /// pictures without classes.
  Loader(Dataset dataset, LoaderOptions options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t steps_per_epoch() const;
  /// The next batch, valid until the next call; after the last step of an epoch follows the first
  /// of the next. Throws Error(io) when no picture of the part can be read.
  const Batch& next();
  /// Seconds `next` has spent waiting for data so far.
  double wait_seconds() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace noyau
