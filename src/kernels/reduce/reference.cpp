#include "kernels/chunks.hpp"
#include "kernels/reduce/reduce.hpp"

namespace noyau::kernels {

void global_avg_pool_reference(const Problem& problem, const Args& args) noexcept {
  const Reduce& p = std::get<Reduce>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T* x = args.in<T>(0);
    for (std::int64_t o = 0; o < p.outer; ++o) {
      for (std::int64_t i = 0; i < p.inner; ++i) {
        double sum = 0;
        for (std::int64_t m = 0; m < p.middle; ++m) {
          sum += double(x[(o * p.middle + m) * p.inner + i]);
        }
        args.out<T>(0)[o * p.inner + i] = T(sum / double(p.middle));
      }
    }
  });
}

void global_avg_pool_grad_reference(const Problem& problem, const Args& args) noexcept {
  const Reduce& p = std::get<Reduce>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.outer * p.middle * p.inner; ++i) {
      const std::int64_t from = i / (p.middle * p.inner) * p.inner + i % p.inner;
      args.out<T>(0)[i] = T(double(args.in<T>(0)[from]) / double(p.middle));
    }
  });
}

void sum_rows_reference(const Problem& problem, const Args& args) noexcept {
  const Reduce& p = std::get<Reduce>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.inner; ++i) {
      double sum = 0;
      for (std::int64_t o = 0; o < p.outer; ++o) sum += double(args.in<T>(0)[o * p.inner + i]);
      args.out<T>(0)[i] = T(sum);
    }
  });
}

void transpose_middle_reference(const Problem& problem, const Args& args) noexcept {
  const Reduce& p = std::get<Reduce>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    const T* x = args.in<T>(0);
    T* y = args.out<T>(0);
    for (std::int64_t o = 0; o < p.outer; ++o) {
      for (std::int64_t m = 0; m < p.middle; ++m) {
        for (std::int64_t i = 0; i < p.inner; ++i) {
          y[(o * p.inner + i) * p.middle + m] = x[(o * p.middle + m) * p.inner + i];
        }
      }
    }
  });
}

}  // namespace noyau::kernels
