#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace noyau::golden {

/// The worst of many errors, where it was seen, and how large it may be.
struct Worst {
  double error = 0, limit = 0;
  std::string at;
  std::int64_t count = 0;  ///< how many were compared

  void see(double e, const std::string& where) {
    ++count;
    if (std::isnan(e)) e = HUGE_VAL;
    if (e <= error && count > 1) return;
    error = e;
    at = where;
  }
  bool good() const { return error <= limit; }
};

}  // namespace noyau::golden
