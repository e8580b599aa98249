#pragma once

#include <cstdint>

#include "harness.hpp"

/// Convolutions that the tests of several kernels run on.
namespace noyau::kernels::testing {

std::int64_t pixels(const Dims& d);
std::int64_t x_elements(const Conv& c);
std::int64_t y_elements(const Conv& c);
std::int64_t weight_elements(const Conv& c);

/// Elements of `pixels` pixels of `channels` channels that lie among `width`, up to the last one; 0
/// stands for pixels that follow each other.
std::int64_t elements_among(std::int64_t pixels, std::int64_t channels, std::int64_t width);

/// False when the padded input is smaller than the kernel.
bool set_axis(Conv& c, std::size_t d, std::int64_t in, std::int64_t kernel, std::int64_t stride,
              std::int64_t dilation, std::int64_t pad, std::int64_t pad_after);

/// A convolution of square pictures with these numerics.
Conv square_conv(Numerics numerics, std::int64_t batch, std::int64_t in_channels,
                 std::int64_t out_channels, std::int64_t extent, std::int64_t kernel,
                 std::int64_t stride, std::int64_t pad);

/// Odd extents, asymmetric padding, strides above the kernel, dilation 1 to 3, 2D and 3D. False
/// when the padded input is smaller than the kernel.
bool draw_axes(Draw& draw, Conv& c);

/// Bias, residual and activation, or not.
void draw_ends(Draw& draw, Conv& c);

/// Forward, of these x and whatever bias and residual the problem wants.
Case forward_case(const Conv& c, Tensor x, Draw& draw);

/// Any shape without groups, of at least so many channels and up to 40 or, of one in six, `many`;
/// the rest of `c` stays. False as `draw_axes`.
bool draw_dense(Draw& draw, Conv& c, std::int64_t least_in, std::int64_t least_out,
                std::int64_t many);

/// Of float tensors, relative to the largest magnitude of `want`; infinite where `got` has a NaN.
double largest_difference(const Tensor& got, const Tensor& want);

/// Whether the first outputs are equal to the last bit.
bool same_first_output(const Results& a, const Results& b);

}  // namespace noyau::kernels::testing
