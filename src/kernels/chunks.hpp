#pragma once

#include <algorithm>
#include <cstdint>

#include "base/thread_pool.hpp"
#include "kernels/kernel.hpp"

namespace noyau::kernels {

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
constexpr std::int64_t round_up(std::int64_t a, std::int64_t b) { return divide_up(a, b) * b; }

/// Where piece i starts when `extent` is cut into `pieces` as equal as they come, longer ones
/// first.
constexpr std::int64_t cut(std::int64_t extent, std::int64_t pieces, std::int64_t i) {
  return i * (extent / pieces) + std::min(i, extent % pieces);
}

/// Calls `body(begin, end)` for consecutive ranges of at most `grain` items that cover [0, total).
/// The cut depends on the arguments alone, never on the number of threads.
template <class Body>
void for_chunks(ThreadPool& pool, std::int64_t total, std::int64_t grain, Body&& body) {
  if (total <= grain) {
    if (total > 0) body(std::int64_t(0), total);
    return;
  }
  pool.run(divide_up(total, grain),
           [&](std::int64_t i, int) { body(i * grain, std::min(total, (i + 1) * grain)); });
}

/// How many items of `cost` elements make a task worth handing out (about 16 thousand elements).
constexpr std::int64_t grain_for(std::int64_t cost) {
  return std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, cost));
}

/// Input or output `i`, null when the caller left it out.
template <class T>
const T* input_or_null(const Args& args, std::size_t i) {
  return i < args.inputs.size() ? args.in<T>(i) : nullptr;
}
template <class T>
T* output_or_null(const Args& args, std::size_t i) {
  return i < args.outputs.size() ? args.out<T>(i) : nullptr;
}

inline std::int64_t volume(const Dims& dims) { return dims[0] * dims[1] * dims[2]; }

/// The refusal of every fast kernel.
inline std::string refuse_unless_f32(const Problem& problem) {
  if (dtype_of(problem) == DType::f32) return {};
  return "computes f32 only, got " + std::string(to_string(dtype_of(problem)));
}

/// Calls `body` with a zero of the C++ type that `dtype` names: how one reference serves f32, f64.
template <class Body>
void with_float_type(DType dtype, Body&& body) {
  if (dtype == DType::f64) {
    body(double(0));
  } else {
    body(float(0));
  }
}

}  // namespace noyau::kernels
