#include "noyau/numerics.hpp"

#include <array>
#include <string>

#include "noyau/error.hpp"

namespace noyau {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"exact", "fast", "bf16", "int8"};

}  // namespace

std::string_view to_string(Numerics numerics) { return kNames[std::size_t(numerics)]; }

Numerics parse_numerics(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i]) return Numerics(i);
  throw Error(ErrorCode::invalid_argument, "--numerics", "\"" + std::string(name) + "\"",
              "exact, fast, bf16 or int8");
}

void expect_training(Numerics numerics) {
  if (numerics == Numerics::int8)
    throw Error(ErrorCode::invalid_argument, "--numerics", "int8, which knows no gradients",
                "exact, fast or bf16 for training",
                "train with fast, then noyau eval RUN --numerics int8");
}

}  // namespace noyau
