#include "network_flags.hpp"

namespace noyau::cli {

void NetworkFlags::add_to(Parser& parser) {
  parser.text("--model", &model, "architecture, for files that noyau did not write")
      .integer("--classes", &classes, 1, 1000000, "classes of its head")
      .integer("--size", &size, 1, 4096, "height and width of its input, pixels")
      .integer("--channels", &channels, 1, 3, "channels of its input");
}

ModelOptions NetworkFlags::options() const {
  if (!model.empty()) zoo_model(model);  // a wrong name is told before the file is read
  ModelOptions options;
  options.name = model;
  options.height = options.width = size;
  options.channels = channels;
  options.classes = classes;
  return options;
}

}  // namespace noyau::cli
