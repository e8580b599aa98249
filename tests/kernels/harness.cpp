#include "kernels/harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>

#include "base/thread_pool.hpp"

namespace noyau::kernels::testing {
namespace {

constexpr std::size_t kGuard = 256;
constexpr std::byte kGuardByte{0xFF};  // four of them are a NaN

// A buffer of exactly `bytes` between two guards; all of it starts as NaN.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes) : bytes_(bytes), storage_(bytes + 2 * kGuard + 64) {
    std::fill(storage_.begin(), storage_.end(), kGuardByte);
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.data()) + kGuard;
    begin_ = storage_.data() + kGuard + (64 - address % 64) % 64;
  }
  std::byte* data() { return begin_; }
  bool intact() const {
    const auto guard = [](std::byte b) { return b == kGuardByte; };
    const std::byte *first = storage_.data(), *last = first + storage_.size(), *begin = begin_;
    return std::all_of(first, begin, guard) && std::all_of(begin + bytes_, last, guard);
  }

 private:
  std::size_t bytes_;
  std::vector<std::byte> storage_;
  std::byte* begin_ = nullptr;
};

ThreadPool& pool_of(int threads) {
  static std::map<int, std::unique_ptr<ThreadPool>> pools;
  auto& pool = pools[threads];
  if (!pool) pool = std::make_unique<ThreadPool>(threads);
  return *pool;
}

struct Buffers {
  std::vector<std::unique_ptr<Guarded>> owned;
  std::vector<const void*> inputs;
  std::vector<void*> outputs;
  std::byte* add(std::size_t bytes) {
    owned.push_back(std::make_unique<Guarded>(bytes));
    return owned.back()->data();
  }
};

Buffers make_buffers(const Kernel& kernel, const Case& test, bool in_place) {
  Buffers buffers;
  for (const Tensor& input : test.inputs) {
    std::byte* copy = input.raw() ? buffers.add(input.bytes()) : nullptr;
    if (copy) std::memcpy(copy, input.raw(), input.bytes());
    buffers.inputs.push_back(copy);
  }
  for (const Output& output : test.outputs) {
    const std::size_t bytes = std::size_t(output.elements) * size_of(output.dtype);
    buffers.outputs.push_back(bytes ? buffers.add(bytes) : nullptr);
  }
  if (in_place) {
    buffers.outputs[0] = const_cast<void*>(buffers.inputs[std::size_t(kernel.in_place)]);
  }
  return buffers;
}

void same_bits(const Results& a, const Results& b, std::size_t count, const std::string& what) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!a[i].raw()) continue;
    EXPECT_EQ(std::memcmp(a[i].raw(), b[i].raw(), a[i].bytes()), 0) << what << ", tensor " << i;
  }
}

template <class T>
void near(const Tensor& got, const Tensor& want, double tolerance, double least,
          const std::string& what) {
  const auto g = got.as<T>(), w = want.as<T>();
  double largest = least;
  for (const T v : w) {
    if (std::isfinite(double(v))) largest = std::max(largest, std::abs(double(v)));
  }
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (std::isnan(double(g[i])) && std::isnan(double(w[i]))) continue;
    if (g[i] == w[i]) continue;
    const double difference = std::abs(double(g[i]) - double(w[i]));
    ASSERT_LE(difference, tolerance * largest)
        << what << ", element " << i << " of " << w.size() << ": " << +g[i] << " not " << +w[i];
  }
}

void same_numbers(const Results& got, const Results& want, const Case& test,
                  const std::string& what) {
  for (std::size_t i = 0; i < want.size(); ++i) {
    const std::string name = what + ", tensor " + std::to_string(i);
    if (!want[i].raw()) continue;
    if (want[i].dtype() == DType::f32)
      near<float>(got[i], want[i], test.tolerance, test.least, name);
    if (want[i].dtype() == DType::f64)
      near<double>(got[i], want[i], test.tolerance, test.least, name);
    if (want[i].dtype() == DType::i32) near<std::int32_t>(got[i], want[i], 0, 0, name);
    if (want[i].dtype() == DType::u8) near<std::uint8_t>(got[i], want[i], 0, 0, name);
  }
}

std::string name_of(const Kernel& kernel, const Case& test) {
  return std::string(kernel.family) + "/" + std::string(kernel.name) + " on " +
         std::string(target()) + ", " + to_string(test.problem);
}

// Calls `body(kernel)` for each fast row that takes the problem, on each target.
template <class Body>
int for_fast_rows(const Case& test, Body&& body) {
  int taken = 0;
  for (const std::string& name : targets()) {
    use_target(name);
    const auto rows = family(test.family);
    for (const Kernel& kernel : rows.first(rows.size() - 1)) {
      if (kernel.refuse && !kernel.refuse(test.problem).empty()) continue;
      ++taken;
      body(kernel);
    }
  }
  use_target("");
  return taken;
}

}  // namespace

Results run(const Kernel& kernel, const Case& test, int threads, bool in_place) {
  Buffers buffers = make_buffers(kernel, test, in_place);
  ThreadPool& pool = pool_of(threads);
  std::vector<const void*> inputs = buffers.inputs;
  if (kernel.pack) {
    std::byte* packed = buffers.add(kernel.packed_bytes(test.problem));
    kernel.pack(test.problem, inputs[1], packed, pool);
    inputs[1] = packed;
  }
  std::byte* scratch =
      kernel.scratch_bytes ? buffers.add(kernel.scratch_bytes(test.problem)) : nullptr;
  kernel.run(test.problem, Args{inputs, buffers.outputs, scratch, pool, test.seed, test.step});
  for (const auto& buffer : buffers.owned) {
    EXPECT_TRUE(buffer->intact()) << name_of(kernel, test) << " wrote outside its buffers";
  }
  Results results;
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const Output& o = test.outputs[i];
    results.push_back(buffers.outputs[i] ? Tensor(Shape{o.elements}, o.dtype) : Tensor());
    if (o.elements) std::memcpy(results[i].raw(), buffers.outputs[i], results[i].bytes());
  }
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    results.push_back(test.inputs[i]);
    if (buffers.inputs[i]) {
      std::memcpy(results.back().raw(), buffers.inputs[i], results.back().bytes());
    }
  }
  return results;
}

Results run_reference(const Case& test) { return run(family(test.family).back(), test, 1); }

int check(const Case& test, int threads) {
  const Results want = run_reference(test);
  return for_fast_rows(test, [&](const Kernel& kernel) {
    const std::string name = name_of(kernel, test);
    const Results one = run(kernel, test, 1);
    same_numbers(one, want, test, name);
    same_bits(one, run(kernel, test, threads), one.size(),
              name + ", " + std::to_string(threads) + " threads");
    const auto shared = std::size_t(kernel.in_place);
    if (kernel.in_place >= 0 && shared < test.inputs.size() && test.inputs[shared].raw()) {
      same_bits(one, run(kernel, test, 1, true), test.outputs.size(), name + ", in place");
    }
  });
}

void check_threads(const Case& test) {
  for_fast_rows(test, [&](const Kernel& kernel) {
    const Results one = run(kernel, test, 1);
    for (const int threads : {2, 3, 4, 7}) {
      same_bits(one, run(kernel, test, threads), one.size(),
                name_of(kernel, test) + ", " + std::to_string(threads) + " threads");
    }
  });
}

void check_all(const std::vector<Case>& cases) {
  constexpr int kThreads[] = {2, 3, 2, 4, 2, 3, 2, 7};  // many threads are slow on few cores
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_GT(check(cases[i], kThreads[i % 8]), 0) << to_string(cases[i].problem);
    if (::testing::Test::HasFatalFailure() || ::testing::Test::HasNonfatalFailure()) return;
  }
}

std::int64_t Draw::integer(std::int64_t low, std::int64_t high) {
  return low + std::int64_t(engine_() % std::uint64_t(high - low + 1));
}

std::int64_t Draw::one_of(std::initializer_list<std::int64_t> values) {
  return values.begin()[integer(0, std::int64_t(values.size()) - 1)];
}

Tensor Draw::tensor(std::int64_t elements, double low, double high) {
  Tensor result(Shape{elements});
  for (float& v : result.as<float>()) {
    v = float(low + (high - low) * (double(engine_()) / 4294967296.0));
  }
  return result;
}

Tensor tensor_of(std::vector<float> values) {
  Tensor result(Shape{std::int64_t(values.size())});
  std::copy(values.begin(), values.end(), result.as<float>().begin());
  return result;
}

Tensor integers_of(std::vector<std::int32_t> values) {
  Tensor result(Shape{std::int64_t(values.size())}, DType::i32);
  std::copy(values.begin(), values.end(), result.as<std::int32_t>().begin());
  return result;
}

std::vector<float> floats(const Tensor& tensor) {
  const auto values = tensor.as<float>();
  return {values.begin(), values.end()};
}

}  // namespace noyau::kernels::testing
