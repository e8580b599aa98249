#pragma once

// Include this before any Highway header. It fixes the set of instruction sets a kernel is compiled
// for, and documents once the order in which Highway's macros are written. A SIMD source is:
//
//   #include "kernels/simd.hpp"  // and every other ordinary header
//
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "kernels/pool/simd.cpp"  // this very file, seen from src/
//   #include "hwy/foreach_target.h"                     // includes it once per target
//   #include "kernels/simd-inl.hpp"                     // helpers, compiled per target
//
//   HWY_BEFORE_NAMESPACE();
//   namespace noyau::kernels::HWY_NAMESPACE {
//   void run_it(const Problem&, const Args&) { ... }  // compiled once per target
//   }
//   HWY_AFTER_NAMESPACE();
//
//   #if HWY_ONCE
//   namespace noyau::kernels {
//   HWY_EXPORT(run_it);
//   void it(const Problem& p, const Args& a) noexcept { HWY_DYNAMIC_DISPATCH(run_it)(p, a); }
//   }
//   #endif
//
// Left out: targets between the baseline and AVX2, those that gain nothing for f32 (AVX3_DL), and
// those whose vector length is unknown when compiling (SVE, RVV): arrays of vectors need it.
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS                                                              \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | \
   HWY_RVV | HWY_WASM | HWY_WASM_EMU256 | HWY_PPC8)
#endif
