#include <algorithm>
#include <array>
#include <cmath>

#include "data/augment/kind.hpp"

namespace noyau::data {

Kind augmentations::intensity() {
  return {{"intensity",
           {{"scale", 0, 1, 0.1}, {"shift", 0, 1, 0.1}},
           "multiplies all numbers by 1 - scale to 1 + scale and adds up to shift of the range; of "
           "a volume the same for all slices",
           "Isensee et al. 2021, nnU-Net"},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            const double scale = random.uniform(1 - a[0], 1 + a[0]);
            const double shift = 255 * random.uniform(-a[1], a[1]);
            std::array<std::uint8_t, 256> table;
            for (std::size_t v = 0; v < table.size(); ++v)
              table[v] =
                  std::uint8_t(std::clamp<long>(std::lround(double(v) * scale + shift), 0, 255));
            for (std::uint8_t& pixel : image.pixels) pixel = table[pixel];
          }};
}

}  // namespace noyau::data
