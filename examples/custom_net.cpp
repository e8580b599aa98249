// Builds a network of one's own from nn blocks - a separable convolution, squeeze and excitation, a
// residual sum - prints what it costs, and trains it.
//   custom_net DATA [STEPS]     DATA: pictures in one folder per class, or IDX files
#include <cstdio>
#include <cstdlib>
#include <noyau/noyau.hpp>
#include <string>

namespace {

namespace nn = noyau::nn;
using noyau::ValueId;

// [N, H, W, C] -> [N, 1, 1, C], the weight of each channel, from 0 to 1.
ValueId channel_weights(nn::Builder& b, ValueId x, const std::string& name) {
  const std::int64_t channels = b.channels(x);
  ValueId s = nn::adaptive_avg_pool2d(b, x, name + ".pool", {.output_size = 1});
  s = nn::conv2d(b, s, name + ".fc1", {.out_channels = channels / 4, .kernel_size = 1});
  s = nn::activation(b, s, name + ".act", nn::Activation::silu);
  s = nn::conv2d(b, s, name + ".fc2", {.out_channels = channels, .kernel_size = 1});
  return nn::activation(b, s, name + ".gate", nn::Activation::sigmoid);
}

// Depthwise 5x5 and 1x1 convolution, weighed channels, added to the input.
ValueId block(nn::Builder& b, ValueId x, const std::string& name) {
  const std::int64_t channels = b.channels(x);
  ValueId y = nn::conv_norm_act(
      b, x, {name + ".depthwise", name + ".bn1", name + ".act"},
      {.out_channels = channels, .kernel_size = 5, .padding = 2, .groups = channels});
  y = nn::conv_norm_act(b, y, {name + ".pointwise", name + ".bn2", ""},
                        {.out_channels = channels, .kernel_size = 1});
  y = nn::mul(b, y, channel_weights(b, y, name + ".se"), name + ".scale");
  return nn::add(b, nn::drop_path(b, y, name + ".drop_path", {.p = 0.1}), x, name + ".add");
}

ValueId network(nn::Builder& b, ValueId x, std::int64_t classes) {
  x = nn::conv_norm_act(b, x, {"stem", "bn", "act"},
                        {.out_channels = 32, .kernel_size = 3, .stride = 2, .padding = 1});
  for (int i = 0; i < 3; ++i) x = block(b, x, "blocks." + std::to_string(i));
  return nn::linear(b, nn::global_avg_pool(b, x, "pool"), "fc", {.out_features = classes});
}

void print_parameters() {
  noyau::Graph graph;
  nn::Builder builder{graph};
  network(builder, graph.add_input("x", {noyau::DType::f32, noyau::Shape{1, 28, 28, 1}}), 10);
  for (const noyau::Value& value : graph.values())
    if (value.kind == noyau::ValueKind::parameter)
      std::printf("%-28s %s\n", value.name.c_str(), to_string(value.type.shape).c_str());
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) return std::fputs("usage: custom_net DATA [STEPS]\n", stderr), 2;
  print_parameters();
  noyau::TrainOptions options;
  options.data = argv[1];
  options.model = "custom";
  options.network = network;
  options.epochs = 1;
  options.limit_steps = argc > 2 ? std::atoll(argv[2]) : 0;  // 0 = the whole epoch
  const noyau::TrainResult result = noyau::train(options, noyau::open_data(options));
  std::printf("%s accuracy %.1f %%, report %s\n", result.part.c_str(), 100 * result.top1,
              result.report.c_str());
} catch (const noyau::Error& error) {
  std::fprintf(stderr, "custom_net: %s\n", error.what());
  return 1;
}
