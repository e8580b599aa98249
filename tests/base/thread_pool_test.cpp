#include "base/thread_pool.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "noyau/error.hpp"

namespace noyau {
namespace {

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 3, 7}) {
    ThreadPool pool(threads);
    for (const std::int64_t count : {0, 1, 2, 5, 1000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      pool.run(count, [&](std::int64_t i, int worker) {
        EXPECT_LT(worker, pool.threads());
        seen[std::size_t(i)].fetch_add(1);
      });
      for (const auto& n : seen) EXPECT_EQ(n.load(), 1);
    }
  }
}

TEST(ThreadPool, SurvivesManyShortLoops) {
  ThreadPool pool(3);
  std::atomic<std::int64_t> sum{0};
  for (int loop = 0; loop < 2000; ++loop)
    pool.run(4, [&](std::int64_t i, int) { sum.fetch_add(i, std::memory_order_relaxed); });
  EXPECT_EQ(sum.load(), 2000 * 6);
}

TEST(ThreadPool, SurvivesWorkersThatComeLate) {
  ThreadPool pool(7);  // more than processors: loops end before some of them wake
  for (std::int64_t loop = 0; loop < 20000; ++loop) {
    std::int64_t local[3] = {};
    pool.run(3, [&](std::int64_t i, int) { local[i] = loop + i; });
    for (std::int64_t i = 0; i < 3; ++i) ASSERT_EQ(local[i], loop + i);
  }
}

// A worker that wakes for a loop may first look when the pool already ends.
TEST(ThreadPool, EndsWhileWorkersWakeForALoop) {
  std::atomic<int> sum{0};
  for (int pools = 0; pools < 8000; ++pools) {
    ThreadPool pool(5);
    for (int loop = 0; loop < 3; ++loop) pool.run(2, [&](std::int64_t, int) { sum.fetch_add(1); });
  }
  EXPECT_EQ(sum.load(), 8000 * 3 * 2);
}

TEST(ThreadPool, ScratchOfWorkersIsApartAndAligned) {
  ThreadPool pool(2);
  EXPECT_EQ(pool.scratch(1) - pool.scratch(0), std::ptrdiff_t(ThreadPool::kScratchBytes));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pool.scratch(1)) % 64, 0u);
}

TEST(ThreadPool, FlushesDenormalsInEveryTaskAndRestoresTheCaller) {
  volatile float tiny = std::numeric_limits<float>::min();
  ThreadPool pool(4);
  std::atomic<int> kept{0};
  pool.run(64, [&](std::int64_t, int) {
    volatile float half = tiny * 0.5f;
    if (half != 0) kept.fetch_add(1);
  });
  EXPECT_EQ(kept.load(), 0);
  volatile float half = tiny * 0.5f;
  EXPECT_NE(half, 0.0f);
}

TEST(ThreadPool, RefusesAnImpossibleNumberOfThreads) {
  EXPECT_THROW(ThreadPool(0), Error);
  EXPECT_THROW(ThreadPool(1025), Error);
}

}  // namespace
}  // namespace noyau
