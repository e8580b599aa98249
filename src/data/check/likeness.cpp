#include "noyau/check.hpp"

namespace noyau {

std::string_view to_string(Likeness likeness) {
  switch (likeness) {
    case Likeness::exact:
      return "exact";
    case Likeness::near:
      return "near";
    case Likeness::mirrored:
      break;
  }
  return "mirrored";
}

std::string_view description(Likeness likeness) {
  switch (likeness) {
    case Likeness::exact:
      return "the same files";
    case Likeness::near:
      return "nearly the same";
    case Likeness::mirrored:
      break;
  }
  return "mirrored or turned";
}

}  // namespace noyau
