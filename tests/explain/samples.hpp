#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "noyau/report.hpp"

namespace noyau::explain {

// A finished run with `classes` classes and `epochs` epochs; every number follows from a formula.
inline ReportInput sample_run(int classes, int epochs, int examples_per_class,
                              std::vector<std::string> names = {}) {
  ReportInput input;
  input.model = "lenet5";
  input.data = "shapes";
  input.date = "2026-11-24 18:00 UTC";
  input.version = "0.1.0";
  input.command = "noyau train shapes --model lenet5 --seed 7";
  input.time_taken_s = 95.5;
  input.parameters = 1234567;
  input.height = input.width = 8;
  input.channels = 1;
  input.has_seed = true;
  input.seed = 7;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const double left = std::exp(-epoch / 6.0);
    input.epochs.push_back({epoch, 4.0 * epoch,
                            0.05 * (1 + std::cos(3.14159 * (epoch - 1) / epochs)),
                            0.15 + 0.9 * left, 0.25 + 0.7 * left + 0.004 * (epoch % 3),
                            0.97 - 0.4 * left, 0.92 - 0.3 * left, 0.998, 3000, 0.1});
  }
  input.best_epoch = epochs;
  for (int c = 0; c < classes; ++c)
    input.classes.push_back(c < std::ssize(names) ? names[static_cast<std::size_t>(c)]
                                                  : "class " + std::to_string(c));
  for (int c = 0; c < classes; ++c)
    for (int i = 0; i < examples_per_class; ++i) {
      const bool wrong = i % 11 == 3 || (c % 3 == 0 && i % 7 == 2);
      const int predicted = wrong ? (c + 1 + (i * i) % 4) % classes : c;
      input.labels.push_back(c);
      input.predictions.push_back(predicted);
      for (int other = 0; other < classes; ++other)
        input.probabilities.push_back(
            other == predicted ? 0.9f : 0.1f / static_cast<float>(std::max(1, classes - 1)));
    }
  return input;
}

inline Picture gradient_picture(int size, int channels) {
  Picture picture{size, size, channels, {}};
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      for (int c = 0; c < channels; ++c)
        picture.pixels.push_back(static_cast<uint8_t>((x * 7 + y * 5 * (c + 1)) % 256));
  return picture;
}

}  // namespace noyau::explain
