#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/thread_pool.hpp"
#include "plan/plan.hpp"
#include "runtime/weights.hpp"

namespace noyau::runtime {

/// Runs a plan on weights. All memory is taken here; `run` allocates nothing, takes no lock of its
/// own and throws nothing.
class Session {
 public:
  /// `weights` and `pool` are borrowed and outlive the session. Throws Error(shape_mismatch) when a
  /// weight is absent or has another shape, Error(out_of_memory) when the arena does not fit.
  Session(plan::Plan plan, Weights& weights, ThreadPool& pool);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  /// The buffer of a graph input, to be filled before `run`.
  /// Throws Error(invalid_argument) for an unknown name, or when T is not the input's type.
  template <class T>
  std::span<T> input(std::string_view name) {
    return {static_cast<T*>(input_raw(name, sizeof(T))), elements(name)};
  }
  /// A named output of the graph, valid until the next `run`.
  template <class T>
  std::span<const T> output(std::string_view name) const {
    return {static_cast<const T*>(output_raw(name, sizeof(T))), output_elements(name)};
  }

  /// One step. The same (seed, step) draws the same dropout masks.
  void run(std::uint64_t seed = 0, std::uint64_t step = 0) noexcept;
  /// Call after changing weights that the plan holds constant: packs them again at the next run.
  void weights_changed() { packed_ = false; }

  const plan::Plan& plan() const { return plan_; }
  const Graph& graph() const { return plan_.graph; }

 private:
  struct Bound;
  void* input_raw(std::string_view name, std::size_t element) const;
  const void* output_raw(std::string_view name, std::size_t element) const;
  std::size_t elements(std::string_view input) const;
  std::size_t output_elements(std::string_view name) const;

  plan::Plan plan_;
  ThreadPool* pool_ = nullptr;
  bool packed_ = false;
  std::vector<Bound> prologue_, calls_;
  struct Arena;
  std::unique_ptr<Arena> arena_;
};

}  // namespace noyau::runtime
