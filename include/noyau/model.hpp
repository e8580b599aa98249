#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "noyau/data.hpp"
#include "noyau/graph.hpp"
#include "noyau/memory.hpp"
#include "noyau/metrics.hpp"
#include "noyau/nn.hpp"
#include "noyau/numerics.hpp"
#include "noyau/summary.hpp"
#include "noyau/tensor.hpp"
#include "noyau/weights.hpp"

namespace noyau {

/// A network that the zoo does not have: appends layers from `x` [N, H, W, C] on and returns the
/// logits [N, classes].
using Network = std::function<ValueId(nn::Builder& builder, ValueId x, std::int64_t classes)>;

/// An architecture of the zoo with its default input and head.
struct ZooEntry {
  std::string name, family, summary, paper;
  std::int64_t parameters = 0;  ///< trainable numbers
  std::int64_t macs = 0;        ///< multiply-adds of one forward pass of one image
  std::int64_t height = 0, width = 0, channels = 0, classes = 0;
};

/// Every architecture of the zoo, in its order.
std::vector<ZooEntry> zoo_models();

/// The entry of that name. Throws Error(invalid_argument) with the nearest names.
ZooEntry zoo_model(std::string_view name);

/// Which network to build; 0 = what the zoo entry says.
struct ModelOptions {
  std::string name;
  std::int64_t batch = 1, height = 0, width = 0, channels = 0, classes = 0;
  std::int64_t depth = 0;  ///< slices or frames, for the networks that take volumes
  Numerics numerics = Numerics::fast;
  Memory memory = Memory::normal;  ///< of a training step
};

/// How weights are taken from a file.
struct WeightOptions {
  /// Keep the first values of tensors that the file does not have or has with another shape, as a
  /// new head needs it, and pass over tensors that the network does not have.
  bool ignore_mismatched = false;
  bool allow_not_finite = false;  ///< take NaN and infinity too
};

/// What a weight file holds: a run folder, a .noyau, .safetensors, .pth or .pt file. Throws
/// Error(io, corrupt_file, unsupported) naming file and tensor.
WeightFileInfo weight_file_info(const std::string& path);

/// The file's tensors compared with those of a network; what `options` leave out comes from the
/// file where noyau wrote it. Throws as `weight_file_info`, and Error(unsupported) when neither
/// names the network.
WeightMatch match_weights(const std::string& path, const ModelOptions& options);

/// Shapes, parameters, MACs and receptive field of each layer. Throws Error(invalid_argument,
/// shape_mismatch).
ModelSummary summarise(const ModelOptions& options);

/// Choosing among the ways a kernel can run that give the same bits, by timing them
/// (docs/tuning.md). The timings are kept in a file.
struct TuneOptions {
  bool tune = false;
  /// Told when that file is damaged or cannot be written.
  std::function<void(const std::string&)> warning = {};
};

/// The stages in which a network can be printed.
enum class Stage : std::uint8_t { graph, training, fused, plan, dispatch };
/// Throws Error(invalid_argument) listing the names.
Stage parse_stage(std::string_view name);

/// The network as text at that stage; plan and dispatch are those of a training step, with all
/// processors when tuned.
std::string dump(const ModelOptions& options, Stage stage, const TuneOptions& tune = {});

/// A class or label and how likely the network holds it, 0..1, or a value and its number.
struct Guess {
  std::int32_t class_id = -1;
  double probability = 0;
  double value = 0;
};

/// Labels that are at least so likely are named.
inline constexpr double kNamedFrom = 0.5;

/// Loss and accuracies over labelled pictures, and what each of them got.
struct Evaluation {
  Task task = Task::classes;
  double loss = 0;               ///< mean cross-entropy; of values the mean squared error, scaled
  double score = 0;              ///< top1; labels: mean average precision; values: R2
  double top1 = 0, top5 = 0;     ///< of classes, shares 0..1
  double balanced_accuracy = 0;  ///< of classes: their mean recall, 0..1
  std::int64_t images = 0;       ///< pictures that could be read
  double seconds = 0;            ///< wall clock
  std::vector<std::int64_t> indices;      ///< positions in Dataset::samples(split)
  std::vector<std::int32_t> labels;       ///< one per index
  std::vector<float> targets;             ///< of labels and values: images x classes
  std::vector<float> probabilities;       ///< images x classes, row-major; of values the values
  std::vector<std::int32_t> predictions;  ///< of classes: the most likely one of each
};

/// One for each label or value; empty for classes (see class_scores).
std::vector<AnswerScore> answer_scores(const Evaluation& evaluation,
                                       const std::vector<std::string>& names);

/// A trained network, or an ensemble of several (noyau/ensemble.hpp), with its classes and its
/// preprocessing, read from a file.
class Model {
 public:
  /// `path` is a run folder (its best weights), a .noyau file, or a .safetensors file that noyau
  /// wrote. `threads` 0 = all processors.
  /// `network` is the one that trained it, for networks outside the zoo.
  /// Throws Error(io, corrupt_file, shape_mismatch) naming file and tensor.
  static Model load(const std::string& path, int threads = 0, const Network& network = {});
  /// As `load`, for files that do not say what network they are for: `options` name it, and what
  /// they leave out comes from the file or from the zoo. Tensors carry torchvision's names and
  /// shapes (convolutions [out, in / groups, height, width], linear layers [out, in]); F64, F16 and
  /// BF16 are converted. Files that noyau did not write get the classes "0", "1", ... and, for
  /// three channels, ImageNet's mean and deviation. Throws Error(shape_mismatch) with what is
  /// missing, mis-shaped and unexpected, Error(corrupt_file) for weights that are not finite.
  static Model from_weights(const ModelOptions& options, const std::string& path,
                            const WeightOptions& weight_options = {}, int threads = 0);
  ~Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  const std::string& name() const;
  /// The file the weights came from.
  const std::string& path() const;
  Task task() const;
  /// Names of the classes, labels or values.
  const std::vector<std::string>& classes() const;
  const InputSize& input() const;
  /// What the file gave, and what kept its first values.
  const WeightMatch& match() const;
  /// How many networks answer together.
  std::int64_t members() const;
  /// Test-time augmentation: predict and evaluate combine the answers for several views of each
  /// picture, see `test_views`. Throws Error(invalid_argument) listing the names.
  void set_views(std::string_view tta);
  /// How predict and evaluate compute; fast when not set. Throws Error(invalid_argument) where this
  /// processor cannot.
  void set_numerics(Numerics numerics);
  /// Writes a .safetensors file (F32) that other programs read and that `load` takes back, with
  /// the same predictions. Throws Error(io) naming the path; an old file is then intact.
  void save_weights(const std::string& path) const;

  /// All classes or labels of each picture, most likely first; values in their order. Pictures may
  /// have any size.
  std::vector<std::vector<Guess>> predict(const std::vector<Image>& images);
  /// The same of pictures in files, labelled or not: they are read by several threads, and large
  /// JPEGs no larger than the network needs. A picture that cannot be read gets no guesses and is
  /// named in `data.skipped()`. Both keep the network ready for as many pictures again.
  std::vector<std::vector<Guess>> predict(const Dataset& data, std::span<const Sample> samples);
  /// Runs one part of a dataset whose task and classes are the model's. Throws
  /// Error(shape_mismatch) where these differ, Error(invalid_argument) when the part is empty.
  Evaluation evaluate(const Dataset& data, Split split);

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace noyau
