#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/thread_pool.hpp"
#include "plan/plan.hpp"
#include "runtime/weights.hpp"

namespace noyau::runtime {

/// When a call of a plan ran, in seconds from the start of its step.
struct CallTime {
  double begin = 0, seconds = 0;
};

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
  /// Throws Error(invalid_argument) for an unknown name, or when T is not of the input's size.
  template <class T>
  std::span<T> input(std::string_view name) {
    return span<T>(input_id(name), name);
  }
  /// A named output of the graph, valid until the next `run`.
  template <class T>
  std::span<const T> output(std::string_view name) const {
    return span<T>(graph().output(name), name);
  }

  /// One step. The same (seed, step) draws the same dropout masks.
  void run(std::uint64_t seed = 0, std::uint64_t step = 0) noexcept;
  /// The same, and when each of the plan's calls ran: `times` is as long as plan().calls.
  void run(std::uint64_t seed, std::uint64_t step, std::span<CallTime> times) noexcept;
  /// Call after changing weights that the plan holds constant: packs them again at the next run.
  void weights_changed() { packed_ = false; }

  const plan::Plan& plan() const;
  const Graph& graph() const { return plan().graph; }

 private:
  struct Bound;
  struct Memory;

  void execute(const Bound& call, std::uint64_t seed, std::uint64_t step) noexcept;
  void run_prologue(std::uint64_t seed, std::uint64_t step) noexcept;

  template <class T>
  std::span<T> span(ValueId id, std::string_view name) const {
    T* data = static_cast<T*>(raw(id, name, sizeof(T)));
    return {data, std::size_t(graph().shape(id).elements())};
  }
  void* raw(ValueId id, std::string_view name, std::size_t element) const;
  ValueId input_id(std::string_view name) const;

  std::unique_ptr<Memory> memory_;
  ThreadPool* pool_;
  std::vector<void*> addresses_;  ///< of every value that has one
  bool packed_ = false;
};

}  // namespace noyau::runtime
