#pragma once

#include "base/thread_pool.hpp"

namespace noyau::kernels {

/// GB/s that the pool's threads reach together on y = a * x + y with arrays far larger than any
/// cache, each byte read or written counted once: the best of several rounds.
double memory_bandwidth(ThreadPool& pool);

}  // namespace noyau::kernels
