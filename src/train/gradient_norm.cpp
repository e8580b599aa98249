#include "train/gradient_norm.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/reduce/sum_squares.hpp"

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
    sums_[std::size_t(i)] = kernels::sum_squares(chunks_[std::size_t(i)]);
  });
  double total = 0;
  for (const double sum : sums_) total += sum;
  return std::sqrt(total);
}

}  // namespace noyau::training
