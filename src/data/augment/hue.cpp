#include "data/augment/hue.hpp"

#include <algorithm>

namespace noyau::data {
namespace {

struct Hsv {
  std::uint8_t hue = 0, saturation = 0, value = 0;
};

Hsv to_hsv(const std::uint8_t* rgb) {
  const auto [low, high] = std::minmax({rgb[0], rgb[1], rgb[2]});
  if (low == high) return {0, 0, high};
  const float range = float(high - low);
  const float r = float(high - rgb[0]) / range, g = float(high - rgb[1]) / range;
  const float b = float(high - rgb[2]) / range;
  const float sixths = rgb[0] == high   ? b - g
                       : rgb[1] == high ? float(2.0 + r - b)
                                        : float(4.0 + g - r);
  const double turns = sixths / 6.0 + 1.0;  // from 5/6 to 11/6
  const float hue = float(turns < 1 ? turns : turns - 1);
  return {std::uint8_t(hue * 255.0), std::uint8_t(range / float(high) * 255.0), high};
}

void to_rgb(const Hsv& hsv, std::uint8_t* rgb) {
  const float sixths = float(hsv.hue * 6.0 / 255.0), saturation = float(hsv.saturation / 255.0);
  const int sector = int(sixths);
  const float part = sixths - float(sector);
  const auto shade = [&](double less) { return std::uint8_t(hsv.value * (1.0 - less) + 0.5); };
  const std::uint8_t v = hsv.value, p = shade(saturation), q = shade(saturation * part);
  const std::uint8_t t = shade(saturation * (1.0 - part));
  const std::uint8_t sectors[6][3] = {{v, t, p}, {q, v, p}, {p, v, t},
                                      {p, q, v}, {t, p, v}, {v, p, q}};
  std::copy_n(sectors[sector % 6], 3, rgb);
}

}  // namespace

void turn_hue(Image& image, double share) {
  const int turn = int(share * 255.0);
  if (image.channels != 3 || turn == 0) return;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    Hsv hsv = to_hsv(&image.pixels[i]);
    hsv.hue = std::uint8_t(hsv.hue + turn);
    to_rgb(hsv, &image.pixels[i]);
  }
}

}  // namespace noyau::data
