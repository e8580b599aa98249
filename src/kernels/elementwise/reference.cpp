#include "kernels/chunks.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "kernels/elementwise/mask.hpp"

namespace noyau::kernels {
namespace {

// y[i] = value(i, zero of the element type) for every element.
template <class Value>
void for_elements(const Problem& problem, const Args& args, Value value) {
  const Elementwise& p = std::get<Elementwise>(problem);
  with_float_type(p.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* y = args.out<T>(0);
    for (std::int64_t i = 0; i < p.count; ++i) y[i] = T(value(i, zero));
  });
}

}  // namespace

void add_reference(const Problem& problem, const Args& args) noexcept {
  for_elements(problem, args,
               [&]<class T>(std::int64_t i, T) { return args.in<T>(0)[i] + args.in<T>(1)[i]; });
}

void mul_reference(const Problem& problem, const Args& args) noexcept {
  for_elements(problem, args,
               [&]<class T>(std::int64_t i, T) { return args.in<T>(0)[i] * args.in<T>(1)[i]; });
}

void copy_reference(const Problem& problem, const Args& args) noexcept {
  for_elements(problem, args, [&]<class T>(std::int64_t i, T) { return args.in<T>(0)[i]; });
}

void dropout_reference(const Problem& problem, const Args& args) noexcept {
  const Elementwise& p = std::get<Elementwise>(problem);
  const double scale = mask_scale(p);
  std::uint32_t key = 0;
  for_elements(problem, args, [&]<class T>(std::int64_t i, T) {
    const std::int64_t draw = i / p.group, within = draw % kMaskBlock;
    if (within == 0) key = mask_key(args, p, draw / kMaskBlock);
    const bool kept = mask_number(key, std::uint32_t(within)) >= mask_threshold(p);
    return kept ? T(double(args.in<T>(0)[i]) * scale) : T(0);
  });
}

}  // namespace noyau::kernels
