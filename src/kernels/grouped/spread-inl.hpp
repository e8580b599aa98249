// Inputs spread over the lanes of their groups. Compiled per instruction set.
#if defined(NOYAU_KERNELS_GROUPED_SPREAD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_GROUPED_SPREAD_INL
#undef NOYAU_KERNELS_GROUPED_SPREAD_INL
#else
#define NOYAU_KERNELS_GROUPED_SPREAD_INL
#endif

#include "kernels/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

/// Lane l takes lane table[i][l], number i of its own group.
template <int kGroup>
struct SpreadTable {
  std::int32_t lane[kGroup][16];
  constexpr SpreadTable() : lane() {
    for (int i = 0; i < kGroup; ++i) {
      for (int l = 0; l < 16; ++l) lane[i][l] = l / kGroup * kGroup + i;
    }
  }
};
template <int kGroup>
inline constexpr SpreadTable<kGroup> kSpread{};

/// Where the groups of the vector at `channel` begin.
template <int kGroup>
std::int64_t first_of_groups(std::int64_t channel) {
  return kGroup < kLanes ? channel : channel / kGroup * kGroup;
}

/// Channel i of its group for every lane; `at` is where the groups begin.
template <int kGroup>
HWY_INLINE VecF spread(const float* at, std::int64_t i) {
  const F32 d;
  if constexpr (kGroup < kLanes) {
    const auto table = hn::SetTableIndices(d, kSpread<kGroup>.lane[i]);
    return hn::TableLookupLanes(hn::LoadU(d, at), table);
  } else {
    return hn::Set(d, at[i]);
  }
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
