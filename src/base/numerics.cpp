#include "noyau/numerics.hpp"

#include <string>

#include "noyau/error.hpp"

namespace noyau {

std::string_view to_string(Numerics numerics) {
  return numerics == Numerics::exact ? "exact" : "fast";
}

Numerics parse_numerics(std::string_view name) {
  for (const Numerics numerics : {Numerics::exact, Numerics::fast})
    if (name == to_string(numerics)) return numerics;
  throw Error(ErrorCode::invalid_argument, "--numerics", "\"" + std::string(name) + "\"",
              "exact or fast");
}

}  // namespace noyau
