#include "kernels/chunks.hpp"
#include "kernels/reduce/reduce.hpp"

namespace noyau::kernels {
namespace {

constexpr std::int64_t kTile = 16;  // a cache line of floats each way

// One tile of [rows, columns]; the tile stays in the first-level cache.
void transpose_tile(const float* x, float* y, std::int64_t rows, std::int64_t columns,
                    std::int64_t row, std::int64_t column) {
  const std::int64_t row_end = std::min(rows, row + kTile);
  const std::int64_t column_end = std::min(columns, column + kTile);
  for (std::int64_t c = column; c < column_end; ++c) {
    for (std::int64_t r = row; r < row_end; ++r) y[c * rows + r] = x[r * columns + c];
  }
}

}  // namespace

void transpose_middle_tiled(const Problem& problem, const Args& args) noexcept {
  const Reduce& p = std::get<Reduce>(problem);
  const float* x = args.in<float>(0);
  float* y = args.out<float>(0);
  const std::int64_t strips = divide_up(p.middle, kTile), image = p.middle * p.inner;
  const std::int64_t grain = grain_for(kTile * p.inner);
  for_chunks(args.pool, p.outer * strips, grain, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const std::int64_t o = i / strips, row = i % strips * kTile;
      for (std::int64_t column = 0; column < p.inner; column += kTile) {
        transpose_tile(x + o * image, y + o * image, p.middle, p.inner, row, column);
      }
    }
  });
}

}  // namespace noyau::kernels
