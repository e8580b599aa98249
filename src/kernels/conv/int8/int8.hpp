#pragma once

#include <string>

#include "kernels/kernel.hpp"

/// Convolutions and linear layers whose products take 8-bit integers, with exact 32-bit sums: where
/// `Conv::numerics` is int8, weights are constant and the processor has AVX512_VNNI.
///
/// x is quantised picture by picture as it comes: q = round(x / scale) + zero, from 0 to 255, where
/// the range from its least to its largest number, zero included, takes 255 steps. So a picture's
/// result does not depend on its neighbours, and no calibration is needed. Weights have one scale
/// per output channel: q = round(w / scale), from -127 to 127 (Jacob et al. 2018; Krishnamoorthi
/// 2018).
namespace noyau::kernels {

/// Whether this machine has the instructions, and the kernels may use them.
bool has_int8();

extern const Kernel kConvInt8;

}  // namespace noyau::kernels
