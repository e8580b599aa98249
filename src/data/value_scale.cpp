#include <cmath>

#include "noyau/data.hpp"

namespace noyau {

ValueScale measure_values(const Dataset& dataset) {
  ValueScale scale;
  if (dataset.task() != Task::values) return scale;
  const std::vector<Sample>& samples = dataset.samples(Split::train);
  for (std::size_t k = 0; k < dataset.classes().size(); ++k) {
    double sum = 0, squares = 0;
    for (const Sample& sample : samples) sum += double(sample.targets[k]);
    const double mean = sum / double(samples.size());
    for (const Sample& sample : samples)
      squares += (double(sample.targets[k]) - mean) * (double(sample.targets[k]) - mean);
    const double deviation = std::sqrt(squares / double(samples.size()));
    scale.mean.push_back(float(mean));
    scale.deviation.push_back(float(deviation) > 0 ? float(deviation) : 1.0f);
  }
  return scale;
}

}  // namespace noyau
