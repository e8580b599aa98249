#include "data/load.hpp"

#include "data/preprocess.hpp"

namespace noyau::data {

bool is_about_the_picture(ErrorCode code) {
  return code == ErrorCode::io || code == ErrorCode::corrupt_file || code == ErrorCode::unsupported;
}

Image load(const Dataset& dataset, const Sample& sample, const DecodeChoice& choice) {
  if (!dataset.in_memory())
    return decode(dataset.encoded(sample), dataset.path() + "/" + sample.path, dataset.channels(),
                  choice);
  Image image = dataset.load(sample);
  return choice.part ? cut(image, choice.part({image.height, image.width})) : image;
}

Image load_fitted(const Dataset& dataset, const Sample& sample, const InputSize& input,
                  const TestView& view) {
  Size whole, resized_to;
  const auto ask = [&](Size size) {
    whole = size;
    return resized_to = fitted_size(size, input, view);
  };
  const Image image = load(dataset, sample, {.resized_to = ask});
  if (whole == Size{}) return fit(image, input, view);  // a format that is never decoded smaller
  return fit_shrunk(image, whole, shrink_for(whole, resized_to), input, view);
}

}  // namespace noyau::data
