#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/thread_pool.hpp"
#include "noyau/numerics.hpp"
#include "noyau/tensor.hpp"

namespace noyau::kernels {

/// What a kernel does to its output on the way; only norms know relu6.
enum class Activation : std::uint8_t { none, relu, relu6 };

/// Depth, height, width. 2D is depth 1.
using Dims = std::array<std::int64_t, 3>;

/// Convolution of x [batch, in..., in_channels] with weights [out_channels, in_channels / groups,
/// kernel...] to y [batch, out..., out_channels]. A linear layer is a convolution whose spatial
/// extents are all 1. The same struct describes all three passes.
struct Conv {
  DType dtype = DType::f32;
  std::int64_t batch = 1, in_channels = 1, out_channels = 1, groups = 1;
  Dims in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1};
  Dims pad{0, 0, 0};  ///< padding before; what is after follows from `out`
  bool bias = false;
  bool residual = false;  ///< y = activation(conv + bias + residual); dx likewise
  Activation activation = Activation::none;
  /// Forward and gradient of the weights: x is what a batch norm read, and is normalised, with this
  /// activation, on the way in. Padding stays zero.
  bool normalised = false;
  Activation input_activation = Activation::none;
  /// Forward: the statistics of y for a batch norm are made on the way out.
  bool statistics = false;
  double eps = 1e-5, momentum = 0.1;
  /// Gradient of the input: dx is the cotangent of what a batch norm with this activation put out;
  /// it is masked, and the gradients of the norm's weight and bias are made, on the way out.
  bool norm_grad = false;
  Activation norm_activation = Activation::none;
  /// Channels from one pixel to the next where a tensor lies among those of a wider one; 0: its
  /// own. Of x (forward and gradient of the weights), of y (forward) and of what the norm of
  /// `norm_grad` read.
  std::int64_t x_width = 0, y_width = 0, norm_width = 0;
  Numerics numerics = Numerics::exact;
  bool constant_weights = false;  ///< they are packed once, not at every run
  int variant = 0;                ///< see Kernel::variants
};

/// Pooling windows over [batch, in..., channels].
struct Pool {
  DType dtype = DType::f32;
  std::int64_t batch = 1, channels = 1;
  Dims in{1, 1, 1}, out{1, 1, 1}, kernel{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, pad{0, 0, 0};
  Dims pad_after{0, 0, 0};            ///< as declared; ceil_mode may reach beyond it
  bool count_include_pad = true;      ///< average only
  std::int64_t divisor_override = 0;  ///< average only; 0 = none
  /// Window o of an axis is [floor(o * in / out), ceil((o + 1) * in / out)); `kernel` is `in`.
  bool adaptive = false;
};

/// Batch normalisation of `rows` x `channels`, per channel.
struct Norm {
  DType dtype = DType::f32;
  std::int64_t rows = 1, channels = 1;
  double eps = 1e-5, momentum = 0.1;
  bool training = true;
  bool residual = false;  ///< y = activation(normalised + residual); dx of the second half likewise
  /// Of the second half of the gradient: the residual is the channels from `residual_begin` on of a
  /// tensor of so many; 0: all of it.
  std::int64_t residual_width = 0, residual_begin = 0;
  /// Channels from one row to the next where x, or y, lies among those of a wider tensor; 0: its
  /// own.
  std::int64_t x_width = 0, y_width = 0;
  std::int64_t before = 0;  ///< of joined statistics: channels whose statistics are known
  Activation activation = Activation::none;
};

/// Normalisation of each of `rows` rows of `columns` elements. With `channels` set, weight and bias
/// are [channels, positions] while a row is [positions, channels].
struct LayerNorm {
  DType dtype = DType::f32;
  std::int64_t rows = 1, columns = 1, channels = 0;
  double eps = 1e-5;
};

/// Normalisation of [batch, positions, channels] over all positions and the channels of a group.
struct GroupNorm {
  DType dtype = DType::f32;
  std::int64_t batch = 1, positions = 1, channels = 1, groups = 1;
  double eps = 1e-5;
};

/// x / (k + alpha / size * sum of squares)^beta over windows of `size` neighbouring channels.
struct LocalResponseNorm {
  DType dtype = DType::f32;
  std::int64_t rows = 1, channels = 1, size = 5;
  double alpha = 1e-4, beta = 0.75, k = 1;
};

/// Interpolation of [batch, in..., channels] to [batch, out..., channels].
struct Resize {
  enum class Mode : std::uint8_t { nearest, nearest_exact, linear, cubic };
  DType dtype = DType::f32;
  std::int64_t batch = 1, channels = 1;
  Dims in{1, 1, 1}, out{1, 1, 1};
  Mode mode = Mode::nearest;
  bool align_corners = false;
  bool antialias = false;  ///< filters as wide as the step between outputs
};

/// Anything that treats its elements alike. `count` elements; `alpha`, `id` as the family says.
struct Elementwise {
  DType dtype = DType::f32;
  std::int64_t count = 0;
  std::int64_t group = 1;  ///< dropout: so many consecutive elements are dropped together
  double alpha = 0;        ///< dropout: the probability to drop
  std::uint64_t id = 0;    ///< dropout: which layer, so that layers draw different masks
};

/// The functions of base/activations.def, and the tanh formula of gelu.
enum class Function : std::uint8_t {
#define NOYAU_ACTIVATION(name, ...) name,
#include "base/activations.def"
#undef NOYAU_ACTIVATION
  gelu_tanh
};

/// One function of each of `count` elements.
struct Unary {
  DType dtype = DType::f32;
  std::int64_t count = 0;
  Function function = Function::relu;
  double alpha = 0;  ///< leaky_relu: the slope where x is negative; elu: the lower bound, negated
};

/// Sums over rows, means over pixels, transposes: [outer, middle, inner].
struct Reduce {
  DType dtype = DType::f32;
  std::int64_t outer = 1, middle = 1, inner = 1;
};

/// One factor for each of [outer, inner] on x [outer, middle, inner]. When `gated`, only elements
/// whose gate is not positive are scaled, the others pass as they are.
struct Scale {
  DType dtype = DType::f32;
  std::int64_t outer = 1, middle = 1, inner = 1;
  bool gated = false;
  bool residual = false;  ///< y = activation(x * factor + residual)
  bool spread = false;    ///< y also gets a number of [outer, inner], divided among its `middle`
  Activation activation = Activation::none;
};

/// Blocks of channels that lie side by side in rows of `channels()`: `widths` of them, with
/// `before` and `after` channels around that belong to none.
struct Channels {
  DType dtype = DType::f32;
  std::int64_t rows = 1, before = 0, after = 0;
  bool keep = false;  ///< of concat: blocks without an input and what is around stay, are not zeros
  std::vector<std::int64_t> widths;

  std::int64_t channels() const {
    std::int64_t sum = before + after;
    for (const std::int64_t width : widths) sum += width;
    return sum;
  }
};

/// Softmax and cross-entropy over the last of [rows, classes].
struct CrossEntropy {
  enum class Reduction : std::uint8_t { none, mean, sum };
  DType dtype = DType::f32;
  std::int64_t rows = 1, classes = 1;
  bool soft_targets = false;  ///< targets [rows, classes] of dtype, else [rows] of i32
  bool class_weight = false;  ///< a third input [classes]
  double label_smoothing = 0;
  double gamma = 0;  ///< focal loss: the part of a class counts (1 - probability)^gamma
  std::int64_t ignore_index = -100;
  Reduction reduction = Reduction::mean;
};

/// Losses of single elements, of `count` numbers in rows of `channels`.
struct Loss {
  enum class Kind : std::uint8_t { sigmoid_cross_entropy, squared_error };
  enum class Weight : std::uint8_t { none, per_element, per_channel };
  DType dtype = DType::f32;
  std::int64_t count = 0, channels = 1;
  Kind kind = Kind::squared_error;
  bool positive_weight = false;  ///< sigmoid_cross_entropy: a third input [channels]
  Weight weight = Weight::none;  ///< sigmoid_cross_entropy: a fourth input
  CrossEntropy::Reduction reduction = CrossEntropy::Reduction::mean;
};

/// One step of stochastic gradient descent on `count` weights (Sutskever et al. 2013), as in
/// PyTorch: g = trust * (gradient_scale * gradient + weight_decay * w).
struct Sgd {
  DType dtype = DType::f32;
  std::int64_t count = 0;
  double lr = 0, momentum = 0, dampening = 0, weight_decay = 0;
  double gradient_scale = 1;  ///< of clipping and averaging
  double trust = 1;           ///< of LARS
  bool nesterov = false;
  bool first_step = false;  ///< the momentum buffer is filled with g
};

/// One step of Adam (Kingma and Ba 2015) on `count` weights.
struct Adam {
  DType dtype = DType::f32;
  std::int64_t count = 0;
  double lr = 0, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  double gradient_scale = 1;
  double correction1 = 1, correction2 = 1;  ///< 1 - beta^t of the two averages
  bool decoupled = false;  ///< the decay leaves the averages alone (Loshchilov and Hutter 2019)
};

/// One step of RMSprop (Tieleman and Hinton 2012) on `count` weights.
struct RmsProp {
  DType dtype = DType::f32;
  std::int64_t count = 0;
  double lr = 0, alpha = 0.99, eps = 1e-8, momentum = 0, weight_decay = 0;
  double gradient_scale = 1;
  bool tensorflow = false;  ///< eps inside the root, the rate inside the momentum buffer
};

/// One step of Adagrad (Duchi et al. 2011) on `count` weights.
struct Adagrad {
  DType dtype = DType::f32;
  std::int64_t count = 0;
  double lr = 0, eps = 1e-10, weight_decay = 0;
  double gradient_scale = 1;
};

using Problem =
    std::variant<Conv, Pool, Norm, LayerNorm, GroupNorm, LocalResponseNorm, Resize, Elementwise,
                 Unary, Reduce, Scale, Channels, CrossEntropy, Loss, Sgd, Adam, RmsProp, Adagrad>;

/// One line that names the problem, for dumps and benchmarks: "16x56x56x64 -> 64, 3x3 s1 p1".
std::string to_string(const Problem& problem);
DType dtype_of(const Problem& problem);
/// Multiply-adds of a convolution times two, padding included, alike for its three passes; 0 for
/// everything else, which memory limits.
double flops(const Problem& problem);

/// What a kernel is run with. Pointers of absent optional inputs and outputs are null.
struct Args {
  std::span<const void* const> inputs;
  std::span<void* const> outputs;
  std::byte* scratch = nullptr;  ///< 64-byte aligned, `scratch_bytes(problem)` long
  ThreadPool& pool;
  std::uint64_t seed = 0, step = 0;  ///< for dropout: the same pair draws the same mask again

  template <class T>
  const T* in(std::size_t i) const {
    return static_cast<const T*>(inputs[i]);
  }
  template <class T>
  T* out(std::size_t i) const {
    return static_cast<T*>(outputs[i]);
  }
};

/// One row of a family's list. Order in a list is preference: the first that does not refuse runs;
/// the last row is the scalar reference, which accepts everything.
struct Kernel {
  std::string_view family;  ///< "conv", "conv_grad_input", "max_pool", ...
  std::string_view name;    ///< "brgemm", "reference", ...
  /// Why this kernel does not take the problem; empty when it does. nullptr: it takes all.
  std::string (*refuse)(const Problem&) = nullptr;
  std::size_t (*scratch_bytes)(const Problem&) = nullptr;  ///< nullptr: none
  void (*run)(const Problem&, const Args&) noexcept = nullptr;
  /// Kernels that want input 1 (the weights) repacked: its size, and the packing. `run` then gets
  /// the packed buffer in place of input 1.
  std::size_t (*packed_bytes)(const Problem&) = nullptr;
  void (*pack)(const Problem&, const void* weights, void* packed,
               ThreadPool& pool) noexcept = nullptr;
  /// Index of the input whose storage output 0 may reuse, or -1.
  int in_place = -1;
  /// How many ways of running a Conv there are that differ in time alone: every bit of the result
  /// is the same. Conv::variant chooses; 0 is right where nothing was measured. nullptr: one.
  int (*variants)(const Problem&) = nullptr;
};

/// All rows of a family, in order of preference. Throws Error(internal) for an unknown family.
std::span<const Kernel> family(std::string_view name);
/// The names of all families.
std::span<const std::string_view> families();

/// The instruction set that kernels run on now ("AVX2", "AVX3", "SCALAR"), and all that this
/// machine can run. `use_target` chooses one of them by name, for tests; "" is the best again.
std::string_view target();
std::span<const std::string> targets();
void use_target(std::string_view name);

}  // namespace noyau::kernels
