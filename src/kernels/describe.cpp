#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kernels/kernel.hpp"

namespace noyau::kernels {
namespace {

// "56x56", with the depth in front when there is one.
std::string extents(const Dims& d, bool deep) {
  return deep ? fmt::format("{}x{}x{}", d[0], d[1], d[2]) : fmt::format("{}x{}", d[1], d[2]);
}

// " s2", or every axis when they differ; empty when all are `usual`.
std::string per_axis(const char* letter, const Dims& d, bool deep, std::int64_t usual) {
  const bool same = d[1] == d[2] && (!deep || d[0] == d[1]);
  if (same && d[1] == usual) return {};
  return same ? fmt::format(" {}{}", letter, d[1]) : fmt::format(" {}{}", letter, extents(d, deep));
}

template <class T>
bool is_deep(const T& p) {
  return p.in[0] != 1 || p.kernel[0] != 1 || p.out[0] != 1;
}

template <class T>
std::string window(const T& p) {
  const bool deep = is_deep(p);
  return extents(p.kernel, deep) + per_axis("s", p.stride, deep, 0) +
         per_axis("p", p.pad, deep, 0) + per_axis("d", p.dilation, deep, 1);
}

// " x among 256": where a tensor lies among the channels of a wider one.
std::string among(const char* tensor, std::int64_t width) {
  return width == 0 ? "" : fmt::format(" {} among {}", tensor, width);
}

std::string describe(const Conv& p) {
  std::string text = fmt::format("{}x{}x{} -> {}, {}", p.batch, extents(p.in, is_deep(p)),
                                 p.in_channels, p.out_channels, window(p));
  if (p.groups != 1) text += fmt::format(" g{}", p.groups);
  if (p.bias) text += " bias";
  if (p.residual) text += " residual";
  if (p.activation == Activation::relu) text += " relu";
  if (p.activation == Activation::relu6) text += " relu6";
  if (p.normalised) text += " normalised";
  if (p.statistics) text += " statistics";
  if (p.norm_grad) text += " norm_grad";
  text += among("x", p.x_width) + among("y", p.y_width) + among("norm_x", p.norm_width);
  return text;
}

std::string describe(const Pool& p) {
  if (p.adaptive)
    return fmt::format("{}x{}x{} -> {} adaptive", p.batch, extents(p.in, is_deep(p)), p.channels,
                       extents(p.out, is_deep(p)));
  return fmt::format("{}x{}x{} -> {}, {}", p.batch, extents(p.in, is_deep(p)), p.channels,
                     extents(p.out, is_deep(p)), window(p));
}

std::string describe(const Norm& p) {
  std::string text = fmt::format("{}x{}", p.rows, p.channels);
  if (!p.training) text += " inference";
  if (p.residual) text += " residual";
  if (p.residual_width != 0)
    text += fmt::format(" of {} from {}", p.residual_width, p.residual_begin);
  if (p.before != 0) text += fmt::format(" behind {}", p.before);
  text += among("x", p.x_width) + among("y", p.y_width);
  if (p.activation == Activation::relu) text += " relu";
  if (p.activation == Activation::relu6) text += " relu6";
  return text;
}

std::string describe(const LayerNorm& p) {
  std::string text = fmt::format("{}x{}", p.rows, p.columns);
  if (p.channels != 0) text += fmt::format(" of {} channels", p.channels);
  return text;
}

std::string describe(const GroupNorm& p) {
  return fmt::format("{}x{}x{} g{}", p.batch, p.positions, p.channels, p.groups);
}

std::string describe(const LocalResponseNorm& p) {
  return fmt::format("{}x{} size {} alpha {} beta {} k {}", p.rows, p.channels, p.size, p.alpha,
                     p.beta, p.k);
}

std::string describe(const Resize& p) {
  const bool deep = p.in[0] != 1 || p.out[0] != 1;
  constexpr const char* kModes[] = {"nearest", "nearest_exact", "linear", "cubic"};
  std::string text = fmt::format("{}x{}x{} -> {} {}", p.batch, extents(p.in, deep), p.channels,
                                 extents(p.out, deep), kModes[int(p.mode)]);
  if (p.align_corners) text += " corners";
  if (p.antialias) text += " antialias";
  return text;
}

std::string describe(const Elementwise& p) {
  return fmt::format("{}", p.count) +
         (p.group == 1 ? "" : fmt::format(" in groups of {}", p.group));
}

std::string describe(const Unary& p) {
  static constexpr const char* kNames[] = {
#define NOYAU_ACTIVATION(name, ...) #name,
#include "base/activations.def"
#undef NOYAU_ACTIVATION
      "gelu_tanh"};
  return fmt::format("{} {}", p.count, kNames[std::size_t(p.function)]);
}

std::string describe(const Reduce& p) {
  return fmt::format("{}x{}x{}", p.outer, p.middle, p.inner);
}

std::string describe(const Scale& p) {
  return fmt::format("{}x{}x{}{}{}{}{}", p.outer, p.middle, p.inner, p.gated ? " gated" : "",
                     p.residual ? " residual" : "", p.spread ? " spread" : "",
                     p.activation == Activation::relu ? " relu" : "");
}

std::string describe(const Channels& p) {
  std::string text = fmt::format("{}x({}", p.rows, fmt::join(p.widths, "+"));
  if (p.before + p.after != 0) text += fmt::format(" of {} from {}", p.channels(), p.before);
  return text + ")";
}

std::string describe(const CrossEntropy& p) {
  std::string text = fmt::format("{}x{}", p.rows, p.classes);
  if (p.soft_targets) text += " soft";
  if (p.class_weight) text += " weighted";
  if (p.label_smoothing != 0) text += fmt::format(" smoothing {}", p.label_smoothing);
  return text;
}

std::string describe(const Loss& p) {
  std::string text = fmt::format("{}x{}", p.channels == 0 ? 0 : p.count / p.channels, p.channels);
  if (p.positive_weight) text += " positive weight";
  if (p.weight != Loss::Weight::none) text += " weighted";
  return text;
}

std::string describe(const Sgd& p) {
  std::string text = fmt::format("{} lr {}", p.count, p.lr);
  if (p.momentum != 0) text += fmt::format(" momentum {}", p.momentum);
  if (p.nesterov) text += " nesterov";
  if (p.weight_decay != 0) text += fmt::format(" weight decay {}", p.weight_decay);
  return text;
}

std::string describe(const Adam& p) {
  return fmt::format("{} lr {} beta {} {}{}", p.count, p.lr, p.beta1, p.beta2,
                     p.decoupled ? " decoupled" : "");
}

std::string describe(const RmsProp& p) {
  return fmt::format("{} lr {} alpha {}{}", p.count, p.lr, p.alpha,
                     p.tensorflow ? " tensorflow" : "");
}

std::string describe(const Adagrad& p) { return fmt::format("{} lr {}", p.count, p.lr); }

}  // namespace

std::string to_string(const Problem& problem) {
  const std::string text = std::visit([](const auto& p) { return describe(p); }, problem);
  return dtype_of(problem) == DType::f32 ? text : text + " f64";
}

DType dtype_of(const Problem& problem) {
  return std::visit([](const auto& p) { return p.dtype; }, problem);
}

}  // namespace noyau::kernels
