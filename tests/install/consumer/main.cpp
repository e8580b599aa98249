#include <cstdio>
#include <noyau/noyau.hpp>

// Uses something that needs linking from several rooms, so a missing library shows.
int main() {
  noyau::Graph graph;
  noyau::nn::Builder builder{graph};
  const noyau::ValueId x = graph.add_input("images", {noyau::DType::f32, noyau::Shape{2, 8, 8, 3}});
  const noyau::ValueId y = noyau::nn::conv2d(builder, x, "conv1", {.out_channels = 4});
  noyau::verify(graph);
  if (graph.shape(y) != noyau::Shape{2, 6, 6, 4}) return 1;

  try {
    noyau::load_image("no such file.png");
    return 2;
  } catch (const noyau::Error& error) {
    if (error.code() != noyau::ErrorCode::io) return 3;
  }
  std::printf("%s", noyau::print(graph).c_str());
  return 0;
}
