#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernel.hpp"
#include "noyau/tensor.hpp"

namespace noyau::kernels::testing {

/// Type and length of an output; 0 elements stands for an output that is not wanted.
struct Output {
  std::int64_t elements = 0;
  DType dtype = DType::f32;
};

/// One problem with its data. A default Tensor stands for an absent input.
struct Case {
  std::string_view family;
  Problem problem;
  std::vector<Tensor> inputs;
  std::vector<Output> outputs;
  /// Allowed difference from the reference, relative to the largest magnitude of the tensor.
  double tolerance = 1e-5;
  double least = 0;  ///< a tensor whose largest magnitude is below counts as so large
  std::uint64_t seed = 1, step = 2;  ///< for dropout
};

/// Everything a kernel may have written: its outputs, then its inputs.
using Results = std::vector<Tensor>;

/// Runs `kernel` between guards filled with NaN bytes, with scratch and outputs that start as NaN.
/// Fails the test when a guard was written. `in_place` shares output 0 with the input it may reuse.
Results run(const Kernel& kernel, const Case& test, int threads, bool in_place = false);

/// The last row of the family.
Results run_reference(const Case& test);

/// Compares every fast row, on every target of this machine, with the reference row; with
/// `threads` and in place (where allowed) the bits must equal those of one thread.
/// Returns how many fast rows accepted the problem.
int check(const Case& test, int threads = 2);

/// The bits of 2, 3, 4 and 7 threads equal those of one, for every row on every target.
void check_threads(const Case& test);

/// `check` on all cases, with 2, 3, 4 or 7 threads in turn. Expects that at
/// least one fast row took each of them.
void check_all(const std::vector<Case>& cases);

/// Draws integers and tensors from a fixed seed.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : engine_(seed) {}
  std::int64_t integer(std::int64_t low, std::int64_t high);  ///< both ends included
  std::int64_t one_of(std::initializer_list<std::int64_t> values);
  bool coin() { return integer(0, 1) == 1; }
  /// Uniform in [low, high), f32.
  Tensor tensor(std::int64_t elements, double low = -1, double high = 1);

 private:
  std::mt19937 engine_;
};

Tensor tensor_of(std::vector<float> values);
Tensor integers_of(std::vector<std::int32_t> values);
std::vector<float> floats(const Tensor& tensor);

}  // namespace noyau::kernels::testing
