#include <array>

#include "kernels/channels/channels.hpp"
#include "kernels/chunks.hpp"

namespace noyau::kernels {

std::span<const Kernel> concat_kernels() {
  static constexpr std::array kRows = {
      Kernel{"concat", "rows", refuse_unless_f32, nullptr, concat_rows},
      Kernel{"concat", "reference", nullptr, nullptr, concat_reference},
  };
  return kRows;
}

std::span<const Kernel> slice_channels_kernels() {
  static constexpr std::array kRows = {
      Kernel{"slice_channels", "rows", refuse_unless_f32, nullptr, slice_channels_rows},
      Kernel{"slice_channels", "reference", nullptr, nullptr, slice_channels_reference},
  };
  return kRows;
}

}  // namespace noyau::kernels
