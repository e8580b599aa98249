#include "kernels/simd.hpp"
// The macros above come before Highway.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hwy/highway.h"
#include "hwy/targets.h"
#include "kernels/kernel.hpp"
#include "noyau/error.hpp"

namespace noyau::kernels {
namespace {

struct Target {
  std::int64_t bit;
  std::string name;
};

// Best first. Highway falls back to the baseline, so it is always there.
std::vector<Target> supported() {
  std::vector<Target> found;
  std::int64_t bits = (hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET;
  for (; bits != 0; bits &= bits - 1)
    found.push_back({bits & -bits, hwy::TargetName(bits & -bits)});
  return found;
}

const std::vector<Target>& all() {
  static const std::vector<Target> found = supported();
  return found;
}

std::size_t chosen = 0;

}  // namespace

std::string_view target() { return all()[chosen].name; }

std::span<const std::string> targets() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Target& t : all()) result.push_back(t.name);
    return result;
  }();
  return names;
}

void use_target(std::string_view name) {
  std::size_t i = 0;
  while (!name.empty() && i < all().size() && all()[i].name != name) ++i;
  if (i == all().size()) {
    std::string expected;
    for (const Target& t : all()) expected += (expected.empty() ? "" : ", ") + t.name;
    throw Error(ErrorCode::invalid_argument, "instruction set", std::string(name), expected);
  }
  chosen = i;
  hwy::SetSupportedTargetsForTest(name.empty() ? 0 : all()[i].bit);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace noyau::kernels
