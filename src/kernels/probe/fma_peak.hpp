#pragma once

#include "base/thread_pool.hpp"

namespace noyau::kernels {

/// GFLOP/s that the pool's threads reach together on f32 multiply-adds that never leave registers
/// (a multiply-add counts 2): the best of several short rounds on the current target.
double fma_peak(ThreadPool& pool);

}  // namespace noyau::kernels
