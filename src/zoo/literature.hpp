#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// Counts that papers print, for comparison with ours.
namespace noyau::zoo {

struct PaperCount {
  std::string_view model;
  std::int64_t image_size;  ///< pixels
  double parameters;        ///< in millions, as printed
  double macs;              ///< in millions of multiply-adds, as printed; 0: not printed
  std::string_view source;
  std::string_view reason;  ///< why ours differ; empty where they differ by rounding alone
};

std::span<const PaperCount> paper_counts();

}  // namespace noyau::zoo
