#include "data/augment/enhance.hpp"
#include "data/augment/kind.hpp"

namespace noyau::data {

Kind augmentations::grey() {
  return {{"grey", {{"probability", 0, 1, 0.1}}, "takes the colour away", ""},
          [](Image& image, Arguments a, const InputSize&, Random& random) {
            if (chance(random, a[0])) change_color(image, 0);
          }};
}

}  // namespace noyau::data
