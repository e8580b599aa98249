#pragma once

#include "base/thread_pool.hpp"
#include "noyau/graph.hpp"
#include "noyau/numerics.hpp"
#include "runtime/session.hpp"
#include "runtime/weights.hpp"

namespace noyau::runtime {

/// A forward graph made ready to be run many times on the same weights: norms folded into the
/// layers before them, nodes fused, weights packed once. Everything that infers runs through here.
class Inference {
 public:
  /// `weights` and `pool` are borrowed and outlive it; the weights are only read. Throws as Session
  /// does. With `tuning`, kernels are tuned by that table, which grows.
  Inference(const Graph& graph, Weights& weights, ThreadPool& pool,
            Numerics numerics = Numerics::fast, plan::Tuning* tuning = nullptr);

  Session& session() { return session_; }
  const Session& session() const { return session_; }
  /// Call after changing weights: folds now, and packs at the next run.
  void weights_changed();

 private:
  Graph fold();

  Graph graph_;
  Weights* weights_;
  Weights folded_;  ///< what the pass made, over `weights_`
  Session session_;
};

}  // namespace noyau::runtime
