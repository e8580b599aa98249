#include "kernels/channels/channels.hpp"
#include "kernels/chunks.hpp"

namespace noyau::kernels {

void concat_rows(const Problem& problem, const Args& args) noexcept {
  const Channels& p = std::get<Channels>(problem);
  const std::int64_t channels = p.channels();
  for_chunks(args.pool, p.rows, grain_for(channels), [&](std::int64_t row, std::int64_t end) {
    float* y = args.out<float>(0) + row * channels;
    const auto around = [&](std::int64_t width) {
      if (!p.keep) std::fill_n(y, width, 0.0f);
      y += width;
    };
    for (; row < end; ++row) {
      around(p.before);
      for (std::size_t i = 0; i < p.widths.size(); ++i) {
        const float* x = args.in<float>(i);
        if (x != nullptr) std::copy_n(x + row * p.widths[i], p.widths[i], y);
        y += p.widths[i];
      }
      around(p.after);
    }
  });
}

void slice_channels_rows(const Problem& problem, const Args& args) noexcept {
  const Channels& p = std::get<Channels>(problem);
  const std::int64_t width = p.widths[0], channels = p.channels();
  for_chunks(args.pool, p.rows, grain_for(width), [&](std::int64_t row, std::int64_t end) {
    const float* x = args.in<float>(0) + p.before;
    float* y = args.out<float>(0) + row * width;
    for (; row < end; ++row) y = std::copy_n(x + row * channels, width, y);
  });
}

}  // namespace noyau::kernels
