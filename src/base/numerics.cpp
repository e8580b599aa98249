#include "noyau/numerics.hpp"

#include <array>
#include <string>

#include "noyau/error.hpp"

namespace noyau {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"exact", "fast", "bf16"};

}  // namespace

std::string_view to_string(Numerics numerics) { return kNames[std::size_t(numerics)]; }

Numerics parse_numerics(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i]) return Numerics(i);
  throw Error(ErrorCode::invalid_argument, "--numerics", "\"" + std::string(name) + "\"",
              "exact, fast or bf16");
}

}  // namespace noyau
