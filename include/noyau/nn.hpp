#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "noyau/graph.hpp"

/// Blocks that append layers to a Graph. Each takes the value it reads, the layer's name (which is
/// the prefix of its parameters: "layer1.0.conv1" owns "layer1.0.conv1.weight") and options, and
/// returns the value it computes. Activations are [N, H, W, C], of volumes [N, D, H, W, C]. All
/// throw Error(shape_mismatch, invalid_argument) naming the layer when shapes or options do not
/// fit.
namespace noyau::nn {

/// What is dropped at random in a training network as a whole. A negative probability stands for
/// what the architecture says; it takes effect in `add_shortcut`, `head_dropout` and `classifier`.
struct Regularisation {
  /// Of the last residual branch; branch l of L drops with drop_path * l / L (Huang et al. 2016).
  double drop_path = -1;
  double dropout = -1;      ///< in the head (Srivastava et al. 2014)
  double drop_connect = 0;  ///< of weights of the last linear layer (Wan et al. 2013)
};

/// How many layers of a network `Regularisation` can act on.
struct RegularisedLayers {
  std::int64_t shortcuts = 0, head_dropouts = 0, classifiers = 0;
};

/// Where frameworks compute one architecture in different ways. Weights give their results under
/// the conventions that they were trained with.
struct Conventions {
  /// Convolutions and max pools that pad follow TensorFlow's "SAME": ceil(extent / stride)
  /// positions, and of an odd number of zeros the last one more at the end.
  bool same_padding = false;
  double norm_eps = 0;  ///< of batch norms; 0 = what the architecture says
  bool operator==(const Conventions&) const = default;
};

/// Where blocks are appended, and how: `training` chooses batch statistics and live dropout.
struct Builder {
  Graph& graph;
  bool training = false;
  DType dtype = DType::f32;  ///< of parameters and activations; f64 for checks
  bool drop = true;  ///< false: no dropout, DropConnect or stochastic depth although training
  Regularisation regularisation = {};
  std::int64_t all_shortcuts = 0;      ///< L of the rule of `drop_path`, see `count_shortcuts`
  RegularisedLayers regularised = {};  ///< so far
  Conventions conventions = {};

  /// Extent of the last axis of `x`: the channels of [N, H, W, C], the features of [N, C].
  std::int64_t channels(ValueId x) const { return graph.shape(x)[-1]; }
};

/// Height and width; one number stands for both.
struct Size2 {
  std::int64_t height = 1, width = 1;
  constexpr Size2() = default;
  constexpr Size2(std::int64_t both) : height(both), width(both) {}
  constexpr Size2(std::int64_t h, std::int64_t w) : height(h), width(w) {}
  bool operator==(const Size2&) const = default;
};

/// Depth (or frames), height and width; one number stands for all three.
struct Size3 {
  std::int64_t depth = 1, height = 1, width = 1;
  constexpr Size3() = default;
  constexpr Size3(std::int64_t all) : depth(all), height(all), width(all) {}
  constexpr Size3(std::int64_t d, std::int64_t h, std::int64_t w) : depth(d), height(h), width(w) {}
  bool operator==(const Size3&) const = default;
};

/// Pixels added at each edge; one number stands for all four, two for vertical and horizontal.
struct Padding {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  constexpr Padding() = default;
  constexpr Padding(std::int64_t all) : top(all), bottom(all), left(all), right(all) {}
  constexpr Padding(std::int64_t vertical, std::int64_t horizontal)
      : top(vertical), bottom(vertical), left(horizontal), right(horizontal) {}
  constexpr Padding(std::int64_t t, std::int64_t b, std::int64_t l, std::int64_t r)
      : top(t), bottom(b), left(l), right(r) {}
  bool operator==(const Padding&) const = default;
};

/// Positions added before and after along depth, height and width, the same on both sides.
struct Padding3 {
  std::int64_t depth = 0, height = 0, width = 0;
  constexpr Padding3() = default;
  constexpr Padding3(std::int64_t all) : depth(all), height(all), width(all) {}
  constexpr Padding3(std::int64_t d, std::int64_t h, std::int64_t w)
      : depth(d), height(h), width(w) {}
  bool operator==(const Padding3&) const = default;
};

/// torch's default for weights of linear and convolution layers: uniform, bound 1 / sqrt(fan_in).
inline constexpr Init kTorchDefault{Init::Kind::kaiming_uniform, 1.0, 0};
/// He et al. 2015 for layers followed by a ReLU: normal, deviation sqrt(2 / fan_out).
inline constexpr Init kKaimingNormal{Init::Kind::kaiming_normal, 1.0, 0};

struct Conv2dOptions {
  std::int64_t out_channels = 0;
  Size2 kernel_size = 3;
  Size2 stride = 1;
  Padding padding = 0;
  Size2 dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  std::optional<Init> init = {};       ///< of the weight; absent: kTorchDefault
  std::optional<Init> bias_init = {};  ///< absent: uniform in +-1 / sqrt(fan_in), as in torch
};
/// [N, H, W, C] -> [N, H', W', out_channels]. Parameters: weight [out, C / groups, kh, kw], bias
/// [out].
ValueId conv2d(Builder& b, ValueId x, const std::string& name, const Conv2dOptions& options);

/// As Conv2dOptions, with a depth.
struct Conv3dOptions {
  std::int64_t out_channels = 0;
  Size3 kernel_size = 3;
  Size3 stride = 1;
  Padding3 padding = 0;
  Size3 dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  std::optional<Init> init = {};
  std::optional<Init> bias_init = {};
};
/// [N, D, H, W, C] -> [N, D', H', W', out_channels]. Parameters: weight [out, C / groups, kd, kh,
/// kw], bias [out].
ValueId conv3d(Builder& b, ValueId x, const std::string& name, const Conv3dOptions& options);

/// As the convolution whose input the output would be; `output_padding` (below the stride) chooses
/// among the extents that a stride leaves open.
struct ConvTranspose2dOptions {
  std::int64_t out_channels = 0;
  Size2 kernel_size = 3;
  Size2 stride = 1;
  Padding padding = 0;
  Size2 output_padding = 0;
  Size2 dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  std::optional<Init> init = {};
  std::optional<Init> bias_init = {};
};
/// [N, H, W, C] -> [N, H', W', out_channels] with H' = (H - 1) * stride - padding + dilation *
/// (kernel_size - 1) + 1 + output_padding. Parameters: weight [C, out / groups, kh, kw], bias
/// [out].
ValueId conv_transpose2d(Builder& b, ValueId x, const std::string& name,
                         const ConvTranspose2dOptions& options);

/// As ConvTranspose2dOptions, with a depth.
struct ConvTranspose3dOptions {
  std::int64_t out_channels = 0;
  Size3 kernel_size = 3;
  Size3 stride = 1;
  Padding3 padding = 0;
  Size3 output_padding = 0;
  Size3 dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  std::optional<Init> init = {};
  std::optional<Init> bias_init = {};
};
/// [N, D, H, W, C] -> [N, D', H', W', out_channels], see conv_transpose2d.
ValueId conv_transpose3d(Builder& b, ValueId x, const std::string& name,
                         const ConvTranspose3dOptions& options);

struct LinearOptions {
  std::int64_t out_features = 0;
  bool bias = true;
  std::optional<Init> init = {};  ///< as for Conv2dOptions
  std::optional<Init> bias_init = {};
  double drop_connect = 0;  ///< in training: the probability to drop a weight (Wan et al. 2013)
};
/// [N, I] -> [N, out_features]. Parameters: weight [out, I], bias [out].
ValueId linear(Builder& b, ValueId x, const std::string& name, const LinearOptions& options);

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;     ///< new running value = (1 - momentum) * old + momentum * batch
  bool affine = true;        ///< with weight and bias
  double weight_init = 1.0;  ///< 0 is the zero-gamma start of residual branches (Goyal et al. 2017)
};
/// Batch normalisation over all axes but the last (Ioffe and Szegedy 2015); running statistics at
/// inference. Parameters: weight, bias [C]; states: running_mean, running_var [C].
ValueId batch_norm(Builder& b, ValueId x, const std::string& name,
                   const BatchNormOptions& options = {});

struct GroupNormOptions {
  std::int64_t groups = 32;
  double eps = 1e-5;
  bool affine = true;        ///< with weight and bias
  double weight_init = 1.0;  ///< as for BatchNormOptions
};
/// Normalises the groups of channels of each image over all its positions (Wu and He 2018); the
/// same in training and inference. Parameters: weight, bias [C].
ValueId group_norm(Builder& b, ValueId x, const std::string& name,
                   const GroupNormOptions& options = {});

struct LayerNormOptions {
  enum class Axes : std::uint8_t {
    channels,  ///< each position on its own, as ConvNeXt does (Liu et al. 2022)
    all        ///< all channels and positions of an image together
  };
  Axes axes = Axes::channels;
  double eps = 1e-5;
  bool affine = true;  ///< with weight and bias
};
/// Layer normalisation (Ba et al. 2016) of [N, ..., C]. Parameters: weight, bias [C], or for
/// Axes::all [C, H, W], as in PyTorch.
ValueId layer_norm(Builder& b, ValueId x, const std::string& name,
                   const LayerNormOptions& options = {});

struct LocalResponseNormOptions {
  std::int64_t size = 5;  ///< channels of a window: size / 2 before, (size - 1) / 2 after
  double alpha = 1e-4, beta = 0.75, k = 1;
};
/// x / (k + alpha / size * sum of squares)^beta over windows of neighbouring channels (Krizhevsky
/// et al. 2012, who do not divide alpha by the size; PyTorch does). Same shape as x [N, ..., C].
ValueId local_response_norm(Builder& b, ValueId x, const std::string& name,
                            const LocalResponseNormOptions& options = {});

ValueId relu(Builder& b, ValueId x, const std::string& name);

/// Functions of each element, with the derivatives of PyTorch where the slope jumps.
enum class Activation {
  none,          ///< x
  relu,          ///< max(x, 0)
  relu6,         ///< min(max(x, 0), 6)
  hard_tanh,     ///< min(max(x, -1), 1)
  hard_sigmoid,  ///< min(max(x / 6 + 1/2, 0), 1)
  hard_swish,    ///< x * hard_sigmoid(x) (Howard et al. 2019)
  leaky_relu,    ///< x where positive, else 0.01 x
  elu,           ///< x where positive, else exp(x) - 1 (Clevert et al. 2015)
  sigmoid,       ///< 1 / (1 + exp(-x))
  tanh,          ///< the hyperbolic tangent
  softplus,      ///< log(1 + exp(x))
  silu,          ///< x * sigmoid(x), also called swish (Ramachandran et al. 2017)
  mish,          ///< x * tanh(softplus(x)) (Misra 2019)
  gelu,          ///< x times the normal distribution function of x (Hendrycks and Gimpel 2016)
  gelu_tanh      ///< gelu by its tanh formula
};
/// Same shape; `none` returns x itself.
ValueId activation(Builder& b, ValueId x, const std::string& name, Activation function);
/// x where positive, else negative_slope * x.
ValueId leaky_relu(Builder& b, ValueId x, const std::string& name, double negative_slope = 0.01);
/// x where positive, else alpha * (exp(x) - 1).
ValueId elu(Builder& b, ValueId x, const std::string& name, double alpha = 1);

struct PReluOptions {
  bool per_channel = false;  ///< a slope for each channel instead of one for all
  double init = 0.25;
};
/// x where positive, else weight * x (He et al. 2015). Parameter: weight [1] or [C].
ValueId prelu(Builder& b, ValueId x, const std::string& name, const PReluOptions& options = {});

/// The sum of two values of one shape: the end of a residual block.
ValueId add(Builder& b, ValueId x, ValueId y, const std::string& name);
/// The product of x [N, ..., C] and a scale of the same shape, of [N, C] or [N, 1..., C] (the gate
/// of squeeze-and-excitation, Hu et al. 2018) or of [C].
ValueId mul(Builder& b, ValueId x, ValueId scale, const std::string& name);
/// x times a number, which gets no gradient.
ValueId scale(Builder& b, ValueId x, double factor, const std::string& name);
/// The channels of 2 to 32 values side by side; all other extents are equal.
ValueId concat(Builder& b, const std::vector<ValueId>& xs, const std::string& name);
/// The channels cut into consecutive parts of these sizes, whose sum is the number of channels.
std::vector<ValueId> split(Builder& b, ValueId x, const std::string& name,
                           const std::vector<std::int64_t>& sizes);
/// Channels begin up to, not including, end.
ValueId slice_channels(Builder& b, ValueId x, const std::string& name, std::int64_t begin,
                       std::int64_t end);

struct MaxPool2dOptions {
  Size2 kernel_size = 2;
  std::optional<Size2> stride = {};  ///< absent: the kernel size
  Padding padding = 0;
  Size2 dilation = 1;
  bool ceil_mode = false;
};
/// [N, H, W, C] -> [N, H', W', C], extents as PyTorch computes them.
ValueId max_pool2d(Builder& b, ValueId x, const std::string& name,
                   const MaxPool2dOptions& options = {});

struct AvgPool2dOptions {
  Size2 kernel_size = 2;
  std::optional<Size2> stride = {};  ///< absent: the kernel size
  Padding padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::int64_t divisor_override = 0;  ///< 0 = the size of the window
};
/// [N, H, W, C] -> [N, H', W', C], extents and divisors as PyTorch computes them.
ValueId avg_pool2d(Builder& b, ValueId x, const std::string& name,
                   const AvgPool2dOptions& options = {});

/// As MaxPool2dOptions, with a depth.
struct MaxPool3dOptions {
  Size3 kernel_size = 2;
  std::optional<Size3> stride = {};
  Padding3 padding = 0;
  Size3 dilation = 1;
  bool ceil_mode = false;
};
/// [N, D, H, W, C] -> [N, D', H', W', C].
ValueId max_pool3d(Builder& b, ValueId x, const std::string& name,
                   const MaxPool3dOptions& options = {});

/// As AvgPool2dOptions, with a depth.
struct AvgPool3dOptions {
  Size3 kernel_size = 2;
  std::optional<Size3> stride = {};
  Padding3 padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
  std::int64_t divisor_override = 0;
};
/// [N, D, H, W, C] -> [N, D', H', W', C].
ValueId avg_pool3d(Builder& b, ValueId x, const std::string& name,
                   const AvgPool3dOptions& options = {});

/// Mean over all positions: [N, ..., C] -> [N, C].
ValueId global_avg_pool(Builder& b, ValueId x, const std::string& name);
/// Maximum over all positions: [N, ..., C] -> [N, C].
ValueId global_max_pool(Builder& b, ValueId x, const std::string& name);

struct AdaptivePool2dOptions {
  Size2 output_size = 1;
};
/// Means of windows that cover the picture as evenly as whole pixels allow, with PyTorch's bounds:
/// window i of an axis is floor(i * in / out) to ceil((i + 1) * in / out). [N, H, W, C] ->
/// [N, output height, output width, C]; x itself when it has that size already.
ValueId adaptive_avg_pool2d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool2dOptions& options = {});
/// The same with maxima.
ValueId adaptive_max_pool2d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool2dOptions& options = {});

struct AdaptivePool3dOptions {
  Size3 output_size = 1;
};
/// As in 2D: [N, D, H, W, C] -> [N, output depth, height, width, C].
ValueId adaptive_avg_pool3d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool3dOptions& options = {});
ValueId adaptive_max_pool3d(Builder& b, ValueId x, const std::string& name,
                            const AdaptivePool3dOptions& options = {});

struct ResizeOptions {
  std::vector<std::int64_t> size = {};  ///< of the output, one number per spatial axis
  /// "nearest" and "nearest_exact" (the nearest centre) copy; "linear" (bilinear in 2D) and "cubic"
  /// (Keys 1981, a = -0.75, or -0.5 with antialias) interpolate.
  std::string mode = "nearest";
  bool align_corners = false;  ///< the first and last positions keep their place
  bool antialias = false;      ///< widen the filter when shrinking, as picture programs do
};
/// Interpolation to another size with the coordinates of PyTorch's interpolate: [N, ..., C] ->
/// [N, size..., C], one to three spatial axes.
ValueId resize(Builder& b, ValueId x, const std::string& name, const ResizeOptions& options);

/// [N, ..., C] -> [N, C * ...] in PyTorch's order, so that its linear weights fit.
ValueId flatten(Builder& b, ValueId x, const std::string& name);

/// `p` is the probability to drop, here and everywhere in the library; some texts call p the
/// probability to keep, which is 1 - p here.
struct DropoutOptions {
  double p = 0.5;  ///< 0 <= p < 1; what is kept is scaled by 1 / (1 - p)
};
/// Same shape; the value itself when not training (Srivastava et al. 2014).
ValueId dropout(Builder& b, ValueId x, const std::string& name, const DropoutOptions& options = {});

struct DropPathOptions {
  double p = 0.1;  ///< the probability to drop; what is kept is scaled by 1 / (1 - p)
};
/// Stochastic depth: drops whole images of a residual branch [N, ...] with one draw for each (Huang
/// et al. 2016). The value itself when not training.
ValueId drop_path(Builder& b, ValueId x, const std::string& name,
                  const DropPathOptions& options = {});

/// The end of a residual block: the sum of its branch and its shortcut, both [N, ..., C]. In
/// training the branch drops with the probability that `b.regularisation` says, or that `own` says
/// where it says none. The layers are NAME.drop_path and NAME.add.
ValueId add_shortcut(Builder& b, ValueId branch, ValueId shortcut, const std::string& name,
                     const DropPathOptions& own = {.p = 0});
/// Dropout of a network's head, with the probability of `b.regularisation`, or `own` where it says
/// none.
ValueId head_dropout(Builder& b, ValueId x, const std::string& name,
                     const DropoutOptions& own = {.p = 0});
/// The last layer of a network: `linear` with the DropConnect of `b.regularisation`.
ValueId classifier(Builder& b, ValueId x, const std::string& name, LinearOptions options);
/// Tells `b` how many shortcuts `network` adds, by building it in a graph of its own, when
/// `b.regularisation` needs that.
void count_shortcuts(Builder& b, const std::function<void(Builder&)>& network);
/// The first setting of `b.regularisation` that no layer so far has served ("drop_path 0.2"), or an
/// empty text.
std::string unserved(const Builder& b);

/// [N, C] -> [N, C], rows that sum to 1.
ValueId softmax(Builder& b, ValueId logits, const std::string& name);
/// [N, C] -> [N, C], the logarithms of softmax.
ValueId log_softmax(Builder& b, ValueId logits, const std::string& name);

struct CrossEntropyOptions {
  double label_smoothing = 0.0;
  std::int64_t ignore_index = -100;
  std::string reduction = "mean";   ///< "none", "mean" or "sum"
  ValueId class_weight = kNoValue;  ///< [C], multiplies the part of each class
  /// The part of class c with probability p_c counts (1 - p_c)^gamma: the focal loss, in which what
  /// is already right counts less (Lin et al. 2017, who use 2). 0: the plain cross-entropy.
  double gamma = 0.0;
};
/// Softmax cross-entropy of logits [N, C] and targets [N] (i32) or [N, C] (probabilities), with
/// PyTorch's semantics: the mean over class ids is weighted by their class weights. Returns [1], or
/// [N] without reduction. Has a gradient of the logits only.
ValueId softmax_cross_entropy(Builder& b, ValueId logits, ValueId target, const std::string& name,
                              const CrossEntropyOptions& options = {});

struct SigmoidCrossEntropyOptions {
  ValueId positive_weight = kNoValue;  ///< [C], multiplies the part of the target (rare classes)
  ValueId weight = kNoValue;           ///< of the logits' shape or [C], multiplies the loss
  std::string reduction = "mean";      ///< "none", "mean" (over all elements) or "sum"
};
/// Cross-entropy of sigmoid(logits) with targets in [0, 1] of the same shape: one yes or no per
/// element, as for several labels on a picture. PyTorch's BCEWithLogitsLoss. Returns [1], or the
/// logits' shape without reduction. Has a gradient of the logits only.
ValueId sigmoid_cross_entropy(Builder& b, ValueId logits, ValueId target, const std::string& name,
                              const SigmoidCrossEntropyOptions& options = {});

struct MseLossOptions {
  std::string reduction = "mean";  ///< "none", "mean" (over all elements) or "sum"
};
/// Squared differences of two values of one shape. Returns [1], or that shape without reduction.
ValueId mse_loss(Builder& b, ValueId x, ValueId target, const std::string& name,
                 const MseLossOptions& options = {});

/// Names of the layers of a block; an empty one stands for "there is no such layer".
struct ConvNormActNames {
  std::string conv, norm, act;
};
/// Convolution without bias, batch normalisation, ReLU: the unit of most networks, started as in He
/// et al. 2015 unless `conv.init` is given. `padding` is used as given; a 3x3 convolution that
/// keeps its extents needs 1.
ValueId conv_norm_act(Builder& b, ValueId x, const ConvNormActNames& names, Conv2dOptions conv,
                      const BatchNormOptions& norm = {});

}  // namespace noyau::nn
