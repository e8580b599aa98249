#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace noyau {

/// Threads that share out the tasks of one parallel loop at a time. Workers spin a little after a
/// loop, then park. Every worker (and, inside `run`, the caller) flushes denormals to zero.
///
/// What a task computes must not depend on who runs it: callers cut their work by shape alone, so
/// results are the same bits for any number of threads.
class ThreadPool {
 public:
  /// `threads` counts the caller: 1 starts no worker. Throws Error(invalid_argument) outside
  /// 1..1024; starts fewer workers when the system refuses one (see `threads()`).
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  /// Memory that belongs to one worker during a task, 64-byte aligned, contents undefined.
  static constexpr std::size_t kScratchBytes = std::size_t{1} << 20;
  std::byte* scratch(int worker) const {
    return scratch_.get() + std::size_t(worker) * kScratchBytes;
  }

  /// Calls `task(i, worker)` once for each i in [0, count), in any order, on any thread, and
  /// returns when all are done. `worker` is in [0, threads()). Not reentrant: a task starts no
  /// loop.
  template <class Task>
  void run(std::int64_t count, Task&& task) noexcept {
    auto call = [](void* context, std::int64_t i, int worker) {
      (*static_cast<std::remove_reference_t<Task>*>(context))(i, worker);
    };
    run_erased(count, call, &task);
  }

 private:
  using Call = void (*)(void*, std::int64_t, int);
  void run_erased(std::int64_t count, Call call, void* context) noexcept;

  struct State;
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<State> state_;
  std::unique_ptr<std::byte[], Free> scratch_;
  int threads_ = 1;
};

/// The number of processors this process may use (its affinity mask), at least 1.
int available_processors();

/// While it lives, denormal results are flushed to zero on this thread; restores the old mode.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  std::uint64_t saved_;
};

}  // namespace noyau
