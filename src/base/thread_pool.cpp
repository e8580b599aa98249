#include "base/thread_pool.hpp"

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "noyau/error.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace noyau {
namespace {

constexpr int kSpins = 4000;  // about 50 microseconds: longer than the gap between two kernels

void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

struct ThreadPool::State {
  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable wake;
  std::atomic<bool> stopping{false};
  std::atomic<int> sleeping{0};

  // Number of the loop, whether workers may still join it, how many are inside: one word, so that
  // the caller never waits for a worker that came too late to take a task.
  static constexpr std::uint64_t kLoop = 1 << 17, kOpen = 1 << 16, kInside = kOpen - 1;
  alignas(64) std::atomic<std::uint64_t> gate{0};

  // The loop in progress, cut into one stretch of tasks a thread: from loop to loop a thread works
  // on the same part of the data, which is still in its caches.
  struct alignas(64) Stretch {
    std::atomic<std::int64_t> next{0};
    std::int64_t end = 0;
  };
  std::vector<Stretch> stretches;
  Call call = nullptr;
  void* context = nullptr;

  void cut(std::int64_t count) {
    const auto threads = std::int64_t(stretches.size());
    for (std::int64_t i = 0; i < threads; ++i) {
      Stretch& stretch = stretches[std::size_t(i)];
      stretch.next.store(i * count / threads, std::memory_order_relaxed);
      stretch.end = (i + 1) * count / threads;
    }
  }

  // Those of the worker's own stretch, then what is left of the others.
  void take_tasks(int worker) {
    for (std::size_t k = 0; k < stretches.size(); ++k) {
      Stretch& stretch = stretches[(std::size_t(worker) + k) % stretches.size()];
      for (;;) {
        const std::int64_t i = stretch.next.fetch_add(1, std::memory_order_relaxed);
        if (i >= stretch.end) break;
        call(context, i, worker);
      }
    }
  }

  void work(int worker) {
    const FlushDenormals flush;
    std::uint64_t seen = 0;
    while (wait_beyond(seen)) {
      std::uint64_t now = gate.load(std::memory_order_acquire);
      while (now & kOpen)
        if (gate.compare_exchange_weak(now, now + 1, std::memory_order_acquire)) {
          take_tasks(worker);
          gate.fetch_sub(1, std::memory_order_release);
          break;
        }
      seen = now / kLoop;
    }
  }

  // Waits for a loop after number `seen`; false when the pool ends. A worker that came late may
  // have seen the last loop already, the empty one that ends the pool: so `stopping` ends it too.
  bool wait_beyond(std::uint64_t seen) {
    const auto called = [&] { return gate.load() / kLoop != seen || stopping.load(); };
    for (int spin = 0; spin < kSpins; ++spin) {
      if (called()) return !stopping.load();
      pause_briefly();
    }
    std::unique_lock lock(mutex);
    sleeping.fetch_add(1);
    wake.wait(lock, called);
    sleeping.fetch_sub(1);
    return !stopping.load();
  }

  // Starts the next loop, with nobody inside.
  void announce() {
    gate.store((gate.load(std::memory_order_relaxed) / kLoop + 1) * kLoop + kOpen);
    if (sleeping.load() == 0) return;
    // Taking the mutex orders this after a worker's last look at `gate` before it sleeps.
    { const std::lock_guard lock(mutex); }
    wake.notify_all();
  }

  // Lets no more workers in and waits for those inside.
  void finish() {
    gate.fetch_and(~kOpen);
    for (int spin = 0; (gate.load(std::memory_order_acquire) & kInside) != 0; ++spin) {
      if (spin < kSpins)
        pause_briefly();
      else
        std::this_thread::yield();  // more threads than processors: let the others finish
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  if (threads < 1 || threads > 1024)
    throw Error(ErrorCode::invalid_argument, "threads", std::to_string(threads), "1 to 1024");
  for (int worker = 1; worker < threads; ++worker) {
    try {
      state_->workers.emplace_back([state = state_.get(), worker] { state->work(worker); });
    } catch (const std::system_error&) {
      break;  // the system refuses more threads: fewer do the same work with the same result
    }
  }
  threads_ = int(state_->workers.size()) + 1;
  state_->stretches = std::vector<State::Stretch>(std::size_t(threads_));
  const std::size_t bytes = std::size_t(threads_) * kScratchBytes;
  scratch_.reset(static_cast<std::byte*>(std::aligned_alloc(4096, bytes)));
  if (!scratch_)
    throw Error(ErrorCode::out_of_memory, "threads",
                "no room for " + std::to_string(bytes >> 20) + " MiB of scratch");
}

void ThreadPool::Free::operator()(std::byte* p) const { std::free(p); }

ThreadPool::~ThreadPool() {
  state_->stopping.store(true);
  state_->announce();
  for (std::thread& worker : state_->workers) worker.join();
}

void ThreadPool::run_erased(std::int64_t count, Call call, void* context) noexcept {
  const FlushDenormals flush;
  if (threads_ == 1 || count <= 1) {
    for (std::int64_t i = 0; i < count; ++i) call(context, i, 0);
    return;
  }
  State& state = *state_;
  state.cut(count);
  state.call = call;
  state.context = context;
  state.announce();
  state.take_tasks(0);
  state.finish();
}

int available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, int(std::thread::hardware_concurrency()));
}

#if defined(__x86_64__)
FlushDenormals::FlushDenormals() : saved_(_mm_getcsr()) {
  constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  _mm_setcsr(unsigned(saved_) | kFlushToZero | kDenormalsAreZero);
}
FlushDenormals::~FlushDenormals() { _mm_setcsr(unsigned(saved_)); }
#elif defined(__aarch64__)
FlushDenormals::FlushDenormals() {
  asm volatile("mrs %0, fpcr" : "=r"(saved_));
  asm volatile("msr fpcr, %0" : : "r"(saved_ | (std::uint64_t{1} << 24)));
}
FlushDenormals::~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }
#else
FlushDenormals::FlushDenormals() : saved_(0) {}
FlushDenormals::~FlushDenormals() = default;
#endif

}  // namespace noyau
