#include <cmath>

#include "kernels/chunks.hpp"
#include "kernels/conv/conv.hpp"
#include "kernels/norm/carried.hpp"
#include "kernels/norm/norm.hpp"

namespace noyau::kernels {
namespace {

// Masks g in place; writes dweight and dbias of channel i.
template <class T>
void norm_grad_of(const Conv& c, const Args& args, std::int64_t i) {
  const std::int64_t pixels = c.batch * volume(c.in);
  const T *x = args.in<T>(kNormX), *y = input_or_null<T>(args, kNormY);
  const T *shift = input_or_null<T>(args, kNormShift), *scale = input_or_null<T>(args, kNormScale);
  T *g = args.out<T>(0), *dweight = output_or_null<T>(args, kNormWeightGrad);
  T* dbias = output_or_null<T>(args, kNormBiasGrad);
  const double mean = double(args.in<T>(kNormMean)[i]);
  double sum = 0, dot = 0;
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
    const std::int64_t at = pixel * c.in_channels + i;
    const double centred = double(x[pixel * norm_pixel(c) + i]) - mean;
    if (c.norm_activation != Activation::none) {
      const double out =
          y ? double(y[at]) : centred * double(scale[i]) + (shift ? double(shift[i]) : 0);
      if (!(out > 0) || (c.norm_activation == Activation::relu6 && out >= 6)) g[at] = T(0);
    }
    sum += double(g[at]);
    dot += double(g[at]) * centred;
  }
  if (dweight) dweight[i] = T(dot * double(args.in<T>(kNormInvStd)[i]));
  if (dbias) dbias[i] = T(sum);
}

}  // namespace

void statistics_reference(const Conv& conv, const Args& args) {
  Norm norm;
  norm.dtype = conv.dtype;
  norm.rows = conv.batch * volume(conv.out);
  norm.channels = conv.out_channels;
  norm.x_width = conv.y_width;
  norm.eps = conv.eps;
  norm.momentum = conv.momentum;
  const void* inputs[] = {args.outputs[0], args.inputs[kNormWeight], args.inputs[kRunningMean],
                          args.inputs[kRunningVar]};
  void* outputs[] = {args.outputs[kOutMean], args.outputs[kOutInvStd], args.outputs[kOutScale]};
  batch_norm_statistics_reference(norm, {.inputs = inputs, .outputs = outputs, .pool = args.pool});
}

void norm_grad_reference(const Conv& conv, const Args& args) {
  with_float_type(conv.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < conv.in_channels; ++i) norm_grad_of<T>(conv, args, i);
  });
}

}  // namespace noyau::kernels
