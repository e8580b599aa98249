#include "train/gradient_norm.hpp"

#include <algorithm>
#include <cmath>

namespace noyau::training {

GradientNorm::GradientNorm(std::vector<GradientView> gradients) {
  for (const GradientView& gradient : gradients) {
    for (std::size_t first = 0; first < gradient.size(); first += kChunk) {
      chunks_.push_back(
          gradient.subspan(first, std::min<std::size_t>(kChunk, gradient.size() - first)));
    }
  }
  sums_.resize(chunks_.size());
}

double GradientNorm::compute(ThreadPool& pool) noexcept {
  pool.run(std::int64_t(chunks_.size()), [this](std::int64_t i, int) {
    // Four running sums: one alone would wait for each addition.
    double sum[4] = {};
    const GradientView chunk = chunks_[std::size_t(i)];
    for (std::size_t j = 0; j < chunk.size(); ++j)
      sum[j % 4] += double(chunk[j]) * double(chunk[j]);
    sums_[std::size_t(i)] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  });
  double total = 0;
  for (const double sum : sums_) total += sum;
  return std::sqrt(total);
}

}  // namespace noyau::training
