#include "model_flags.hpp"

#include <filesystem>
#include <noyau/run.hpp>

#include "exit_codes.hpp"

namespace noyau::cli {

bool is_model_file(const std::string& text) {
  std::error_code ignored;
  return text.ends_with(".noyau") || text.ends_with(".safetensors") || text.ends_with(".pth") ||
         text.ends_with(".pt") || text.find('/') != std::string::npos ||
         std::filesystem::is_directory(text, ignored);
}

void ModelFlags::add_to(Parser& parser) {
  parser.positional("MODEL", &model, "architecture, run folder, .noyau, .safetensors or .pth file")
      .integer("--size", &size, 1, 4096, "height and width of the input, pixels")
      .integer("--classes", &classes, 1, 1000000, "classes of the head")
      .integer("--channels", &channels, 1, 3, "channels of the input")
      .integer("--batch", &batch, 1, 65536, "pictures of one step");
}

ModelOptions ModelFlags::options() const {
  ModelOptions options;
  options.name = model;
  if (is_model_file(model)) {
    set_phase(Phase::model);
    const Model trained = Model::load(model, 1);
    options.name = trained.name();
    options.height = trained.input().height;
    options.width = trained.input().width;
    options.channels = trained.input().channels;
    options.classes = std::int64_t(trained.classes().size());
    set_phase(Phase::usage);
  }
  if (size > 0) options.height = options.width = size;
  if (classes > 0) options.classes = classes;
  if (channels > 0) options.channels = channels;
  options.batch = batch;
  return options;
}

}  // namespace noyau::cli
