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

/// Bands of `pixels` pixels whose sums for a norm belong to one piece: about 64 thousand elements,
/// and at most 1024 pixels, so that no sum loses digits. Depends on the shape alone.
std::int64_t bands_per_piece(std::int64_t pixels, std::int64_t channels);

/// Bytes of the sums of all pieces; 0 when no norm wants any.
std::size_t slide_statistics_bytes(const Problem& problem);
std::size_t slide_norm_grad_bytes(const Problem& problem);

}  // namespace noyau::kernels
