#include <noyau/model.hpp>

#include "model_flags.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "tune_options.hpp"

namespace noyau::cli {

int run_dump(const Arguments& arguments) {
  ModelFlags flags;
  std::string stage = "graph", numerics = "fast", memory = "normal";
  bool tune = false;
  Parser parser("dump", "Print a network as text at one stage on its way to the machine.",
                "  noyau dump lenet5                       layers, shapes and attributes\n"
                "  noyau dump lenet5 --stage training      with gradients\n"
                "  noyau dump cifar_resnet20 --stage plan  order, buffers, kernels\n"
                "  noyau dump cifar_resnet20 --stage dispatch --batch 128\n");
  flags.add_to(parser);
  parser.text("--stage", &stage, "graph, training, fused, plan or dispatch")
      .text("--numerics", &numerics, "exact, fast or bf16: which kernels the plan may take")
      .text("--memory", &memory, "normal or low: how much is kept for the backward pass")
      .flag("--tune", &tune, "time the ways kernels can run and take the fastest");
  if (!parser.parse(arguments)) return 0;
  const Stage which = parse_stage(stage);
  ModelOptions options = flags.options();
  options.numerics = parse_numerics(numerics);
  options.memory = parse_memory(memory);
  out(dump(options, which, tune_options(tune)));
  return 0;
}

}  // namespace noyau::cli
