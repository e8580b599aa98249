// Builds a network, trains it on a folder of IDX files and names ten test pictures.
//   train_mnist DATA [STEPS]     DATA: MNIST, Fashion-MNIST; STEPS: most steps of the one epoch
#include <cstdio>
#include <cstdlib>
#include <noyau/noyau.hpp>
#include <ranges>
#include <vector>

namespace {

namespace nn = noyau::nn;

noyau::ValueId small_network(nn::Builder& b, noyau::ValueId x, std::int64_t classes) {
  x = nn::relu(b, nn::conv2d(b, x, "conv1", {.out_channels = 16}), "relu1");
  x = nn::max_pool2d(b, x, "pool1");
  x = nn::relu(b, nn::conv2d(b, x, "conv2", {.out_channels = 32}), "relu2");
  x = nn::global_avg_pool(b, x, "pool2");
  return nn::linear(b, x, "fc", {.out_features = classes});
}

noyau::TrainOptions choose_options(const char* data, const char* steps) {
  noyau::TrainOptions options;
  options.data = data;
  options.model = "small";
  options.network = small_network;
  options.epochs = 1;
  options.lr = 0.05;
  options.limit_steps = std::atoll(steps);  // 0 = the whole epoch
  return options;
}

void predict(const noyau::TrainResult& result, const noyau::Dataset& data) {
  noyau::Model model = noyau::Model::load(result.run, 0, small_network);
  const std::vector<noyau::Sample>& samples = data.samples(noyau::Split::test);
  std::vector<noyau::Image> images;
  for (const auto& sample : samples | std::views::take(10)) images.push_back(data.load(sample));
  const auto guesses = model.predict(images);
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    const noyau::Guess& best = guesses[i].front();
    std::printf("%-12s is taken for %-12s (%.0f %%)\n",
                data.classes()[std::size_t(samples[i].label)].c_str(),
                model.classes()[std::size_t(best.class_id)].c_str(), 100 * best.probability);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) return std::fputs("usage: train_mnist DATA [STEPS]\n", stderr), 2;
  const noyau::TrainOptions options = choose_options(argv[1], argc > 2 ? argv[2] : "0");
  const noyau::Dataset data = noyau::open_data(options);
  const noyau::TrainResult result = noyau::train(options, data);
  std::printf("%s accuracy %.1f %%, report %s\n", result.part.c_str(), 100 * result.top1,
              result.report.c_str());
  predict(result, data);
} catch (const noyau::Error& error) {
  std::fprintf(stderr, "train_mnist: %s\n", error.what());
  return 1;
}
