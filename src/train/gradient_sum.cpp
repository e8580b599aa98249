#include "train/gradient_sum.hpp"

#include "train/optimizer/rule.hpp"

namespace noyau::training {

GradientSum::GradientSum(std::vector<GradientView> gradients) : gradients_(std::move(gradients)) {
  for (const GradientView& g : gradients_) sums_.emplace_back(Shape{std::int64_t(g.size())});
}

void GradientSum::add(bool first, ThreadPool& pool) {
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const kernels::Elementwise problem{.count = sums_[i].elements()};
    const void* const inputs[] = {first ? gradients_[i].data() : sums_[i].raw(),
                                  gradients_[i].data()};
    void* const outputs[] = {sums_[i].raw()};
    run_kernel(first ? "copy" : "add", problem, inputs, outputs, pool);
  }
}

std::vector<GradientView> GradientSum::sums() const {
  std::vector<GradientView> views;
  for (const Tensor& sum : sums_) views.push_back(sum.as<float>());
  return views;
}

}  // namespace noyau::training
