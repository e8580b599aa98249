#include "runtime/inference.hpp"

#include <utility>

#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "runtime/tune.hpp"

namespace noyau::runtime {
namespace {

plan::Plan plan_inference(const Graph& folded, Numerics numerics, plan::Tuning* tuning,
                          ThreadPool& pool) {
  return make_tuned_plan(passes::dce(passes::fuse(folded)),
                         {.constant_weights = true, .numerics = numerics}, tuning, pool);
}

}  // namespace

Inference::Inference(const Graph& graph, Weights& weights, ThreadPool& pool, Numerics numerics,
                     plan::Tuning* tuning)
    : graph_(graph),
      weights_(&weights),
      folded_(Weights::over(weights)),
      session_(plan_inference(fold(), numerics, tuning, pool), folded_, pool) {}

void Inference::weights_changed() {
  fold();
  session_.weights_changed();
}

Graph Inference::fold() {
  return passes::fold_batch_norm(
      graph_,
      {[&](std::string_view name) -> const Tensor& { return weights_->at(name); },
       [&](const std::string& name, Tensor tensor) { folded_.set(name, std::move(tensor)); }});
}

}  // namespace noyau::runtime
