// The walk of pooling kernels over the pixels of their output, compiled once per Highway target.
#include "kernels/simd-inl.hpp"

#if defined(NOYAU_KERNELS_POOL_WALK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef NOYAU_KERNELS_POOL_WALK_INL
#undef NOYAU_KERNELS_POOL_WALK_INL
#else
#define NOYAU_KERNELS_POOL_WALK_INL
#endif

#include "kernels/pool/lines.hpp"

HWY_BEFORE_NAMESPACE();
namespace noyau::kernels::HWY_NAMESPACE {

/// The pixels of the other side that one pixel reads, as elements from the start of the tensor.
struct Site {
  Line d, h, w;
  std::int64_t d_step, h_step, w_step;  ///< in elements
  std::int64_t first, last;             ///< the first and the last pixel read
  std::int64_t tap_row, tap_plane;      ///< taps of a row and of a plane of the window
  Place place;                          ///< of the pixel itself

  bool empty() const { return d.count == 0 || h.count == 0 || w.count == 0; }
  std::int64_t tap() const { return d.tap * tap_plane + h.tap * tap_row + w.tap; }

  /// Calls body(offset, tap) for all of them, rows first.
  template <class Body>
  HWY_INLINE void each(const Body& body) const {
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t j = 0; j < h.count; ++j) {
        std::int64_t at = first + i * d_step + j * h_step;
        std::int64_t number = tap() + i * d.tap_step * tap_plane + j * h.tap_step * tap_row;
        for (std::int64_t k = 0; k < w.count; ++k) {
          body(at, number);
          at += w_step;
          number += w.tap_step;
        }
      }
    }
  }
};

/// Where a vector of channels lies: `channel` on, `n` channels when that is less than a vector.
struct Block {
  std::int64_t channel, n;
};

/// All channels of a pixel. `whole`: a last vector may reach beyond them.
template <class Op>
HWY_INLINE void visit_channels(const Op& op, const Site& site, std::int64_t to,
                               std::int64_t channels, bool whole) {
  std::int64_t c = 0;
  for (; c + 4 * kLanes <= channels; c += 4 * kLanes) {
    op.template visit<4>(site, to, Block{c, kLanes});
  }
  for (; c + 2 * kLanes <= channels; c += 2 * kLanes) {
    op.template visit<2>(site, to, Block{c, kLanes});
  }
  for (; c < channels; c += kLanes) {
    if (whole || c + kLanes <= channels) {
      op.template visit<1>(site, to, Block{c, kLanes});
    } else {
      op.template visit<1>(site, to, Block{c, channels - c});
    }
  }
}

/// Calls op.visit<vectors>(site, offset of the pixel, block) for every pixel of the side `own` and
/// all its channels, a few rows a task; `lines` tell what it reads of the side `other`. Pixels come
/// in ascending order, so a vector that is longer than the channels may spill into the next pixel:
/// what it wrote there is written again. It stays inside the task and inside the other tensor.
template <class Op>
void visit_pixels(const Pool& p, const Dims& own, const Dims& other, const Line* lines,
                  ThreadPool& pool, const Op& op) {
  const std::int64_t channels = p.channels, row_size = own[2] * channels;
  const std::int64_t other_image = volume(other) * channels, vectors = round_up(channels, kLanes);
  const std::int64_t rows = p.batch * own[0] * own[1];
  for_chunks(pool, rows, grain_for(row_size), [&](std::int64_t row, std::int64_t end_row) {
    const std::int64_t end = end_row * row_size, other_end = p.batch * other_image;
    for (; row < end_row; ++row) {
      Site s;
      s.place = place_of({own[0], own[1], 1}, row);
      s.d = lines[s.place.d];
      s.h = lines[own[0] + s.place.h];
      s.tap_row = p.kernel[2];
      s.tap_plane = p.kernel[1] * p.kernel[2];
      const std::int64_t h_size = other[2] * channels, d_size = other[1] * h_size;
      s.d_step = s.d.step * d_size;
      s.h_step = s.h.step * h_size;
      const std::int64_t base = s.place.n * other_image + s.d.first * d_size + s.h.first * h_size;
      const std::int64_t span = (s.d.count - 1) * s.d_step + (s.h.count - 1) * s.h_step;
      std::int64_t to = row * row_size;
      for (std::int64_t w = 0; w < own[2]; ++w, to += channels) {
        s.place.w = w;
        s.w = lines[own[0] + own[1] + w];
        s.w_step = s.w.step * channels;
        s.first = base + s.w.first * channels;
        s.last = s.first + span + (s.w.count - 1) * s.w_step;
        const bool whole = to + vectors <= end && s.last + vectors <= other_end;
        visit_channels(op, s, to, channels, whole);
      }
    }
  });
}

/// Whether every input pixel is read by one window at most, those of a row side by side from its
/// start, and pixels are so short that rows are still written in nearly one stream.
inline bool windows_tile(const Pool& p) {
  bool tile = p.channels <= 4 * kLanes && !p.adaptive && p.kernel[2] == p.stride[2] &&
              p.out[2] * p.stride[2] <= p.in[2];
  for (std::size_t a = 0; a < 3; ++a) {
    tile = tile && p.dilation[a] == 1 && p.kernel[a] <= p.stride[a];
  }
  return tile && p.pad[2] == 0;
}

/// All channels of an output pixel that are spread over one row of its window.
template <class Op>
HWY_INLINE void spread_channels(const Op& op, std::int64_t from, std::int64_t to, std::int64_t tap,
                                const Pool& p, bool whole) {
  std::int64_t c = 0;
  for (; c + 4 * kLanes <= p.channels; c += 4 * kLanes) {
    op.template spread<4>(from + c, to + c, tap, p, kLanes);
  }
  for (; c < p.channels; c += kLanes) {
    if (whole || c + kLanes <= p.channels) {
      op.template spread<1>(from + c, to + c, tap, p, kLanes);
    } else {
      op.template spread<1>(from + c, to + c, tap, p, p.channels - c);
    }
  }
}

/// A gradient over windows that tile: each row of the input takes from one row of the output, whose
/// pixels are read once for a whole row of the window. Calls op.spread<vectors>(offset of the
/// output pixel, offset of its first input pixel, tap, p, channels) and op.begin_row(d, h).
template <class Op>
void spread_pixels(const Pool& p, const Line* lines, ThreadPool& pool, Op op, float* dx) {
  const std::int64_t channels = p.channels, row_size = p.in[2] * channels;
  const std::int64_t window = p.kernel[2] * channels;
  const std::int64_t vectors = round_up(channels, kLanes), out_row = p.out[2] * channels;
  const std::int64_t out_end = p.batch * p.out[0] * p.out[1] * out_row;
  const std::int64_t rows = p.batch * p.in[0] * p.in[1];
  for_chunks(pool, rows, grain_for(row_size), [&](std::int64_t row, std::int64_t end_row) {
    const std::int64_t end = end_row * row_size;
    for (; row < end_row; ++row) {
      const Place place = place_of({p.in[0], p.in[1], 1}, row);
      const Line &d = lines[place.d], &h = lines[p.in[0] + place.h];
      std::int64_t to = row * row_size;
      const std::int64_t left = to + row_size;
      if (d.count * h.count != 0) {
        std::int64_t from = ((place.n * p.out[0] + d.first) * p.out[1] + h.first) * out_row;
        const std::int64_t tap = (d.tap * p.kernel[1] + h.tap) * p.kernel[2];
        Op row_op = op;
        row_op.begin_row(d.first, h.first);
        for (std::int64_t w = 0; w < p.out[2]; ++w, to += window, from += channels) {
          row_op.place(w);
          // Only pixels of one vector may spill: others write several vectors of each pixel in
          // turn.
          const bool whole = channels <= kLanes && from + vectors <= out_end &&
                             to + window - channels + vectors <= end;
          spread_channels(row_op, from, to, tap, p, whole);
        }
      }
      std::fill(dx + to, dx + left, 0.0f);
    }
  });
}

}  // namespace noyau::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
