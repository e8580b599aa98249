#include <algorithm>
#include <array>
#include <iterator>

#include "kernels/kernel.hpp"
#include "noyau/error.hpp"

namespace noyau::kernels {

#define NOYAU_FAMILY(name) std::span<const Kernel> name##_kernels();
#include "kernels/families.def"
#undef NOYAU_FAMILY

namespace {

struct Family {
  std::string_view name;
  std::span<const Kernel> (*kernels)();
};

constexpr Family kFamilies[] = {
#define NOYAU_FAMILY(name) {#name, name##_kernels},
#include "kernels/families.def"
#undef NOYAU_FAMILY
};

}  // namespace

std::span<const Kernel> family(std::string_view name) {
  for (const Family& f : kFamilies) {
    if (f.name == name) return f.kernels();
  }
  throw Error(ErrorCode::internal, "kernels", std::string(name), "a family of families.def");
}

std::span<const std::string_view> families() {
  static const auto names = [] {
    std::array<std::string_view, std::size(kFamilies)> result;
    std::transform(std::begin(kFamilies), std::end(kFamilies), result.begin(),
                   [](const Family& f) { return f.name; });
    return result;
  }();
  return names;
}

}  // namespace noyau::kernels
