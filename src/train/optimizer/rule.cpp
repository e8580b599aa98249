#include "train/optimizer/rule.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/reduce/sum_squares.hpp"

namespace noyau::training {
namespace {

constexpr std::int64_t kChunk = 16384;

double sum_squares(const void* data, DType dtype, std::int64_t begin, std::int64_t count) {
  if (dtype == DType::f32) {
    return kernels::sum_squares({static_cast<const float*>(data) + begin, std::size_t(count)});
  }
  double sum = 0;
  for (std::int64_t i = begin; i < begin + count; ++i) {
    const double x = static_cast<const double*>(data)[i];
    sum += x * x;
  }
  return sum;
}

}  // namespace

void run_kernel(std::string_view family, const kernels::Problem& problem,
                std::span<const void* const> inputs, std::span<void* const> outputs,
                ThreadPool& pool) {
  for (const kernels::Kernel& kernel : kernels::family(family)) {
    if (kernel.refuse && !kernel.refuse(problem).empty()) continue;
    return kernel.run(problem, {.inputs = inputs, .outputs = outputs, .pool = pool});
  }
}

std::size_t norm_chunks(std::int64_t count) { return std::size_t((count + kChunk - 1) / kChunk); }

double l2_norm(const void* data, DType dtype, std::int64_t count, Scratch& scratch,
               ThreadPool& pool) {
  const std::size_t chunks = norm_chunks(count);
  pool.run(std::int64_t(chunks), [&](std::int64_t i, int) {
    const std::int64_t begin = i * kChunk;
    scratch.sums[std::size_t(i)] = sum_squares(data, dtype, begin, std::min(kChunk, count - begin));
  });
  double total = 0;
  for (std::size_t i = 0; i < chunks; ++i) total += scratch.sums[i];
  return std::sqrt(total);
}

}  // namespace noyau::training
