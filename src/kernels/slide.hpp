#pragma once

#include "kernels/kernel.hpp"

/// What the kernels share that slide along rows (slide-inl.hpp, slide_weight-inl.hpp): square
/// kernels, stride 1 and 2.
namespace noyau::kernels {

/// Channels are walked in blocks of so many; the last one overlaps the one before it if it must.
inline constexpr std::int64_t kBlock = 16;

/// Why rows cannot be slid along; empty when they can.
std::string refuse_slide(const Conv& p);

/// How the gradient of the weights is cut: slices of bands of `rows` rows of dy are summed on their
/// own. At least 64 thousand elements each, at most `most` in all; depends on the shape alone.
struct SlideCut {
  std::int64_t bands, per_slice, slices;  ///< bands of all images
};
SlideCut slide_cut(const Conv& p, std::int64_t rows, std::int64_t most);

}  // namespace noyau::kernels
