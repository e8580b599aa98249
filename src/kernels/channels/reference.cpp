#include "kernels/channels/channels.hpp"
#include "kernels/chunks.hpp"

namespace noyau::kernels {

void concat_reference(const Problem& problem, const Args& args) noexcept {
  const Channels& p = std::get<Channels>(problem);
  with_float_type(p.dtype, [&]<class T>(T) {
    T* y = args.out<T>(0);
    if (!p.keep) std::fill_n(y, p.rows * p.channels(), T(0));
    std::int64_t begin = p.before;
    for (std::size_t i = 0; i < p.widths.size(); ++i) {
      for (std::int64_t row = 0; row < p.rows && args.inputs[i] != nullptr; ++row) {
        for (std::int64_t c = 0; c < p.widths[i]; ++c) {
          y[row * p.channels() + begin + c] = args.in<T>(i)[row * p.widths[i] + c];
        }
      }
      begin += p.widths[i];
    }
  });
}

void slice_channels_reference(const Problem& problem, const Args& args) noexcept {
  const Channels& p = std::get<Channels>(problem);
  const std::int64_t width = p.widths[0];
  with_float_type(p.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < p.rows * width; ++i) {
      args.out<T>(0)[i] = args.in<T>(0)[i / width * p.channels() + p.before + i % width];
    }
  });
}

}  // namespace noyau::kernels
