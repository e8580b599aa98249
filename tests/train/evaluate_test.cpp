#include "train/evaluate.hpp"

#include <gtest/gtest.h>

#include "networks.hpp"
#include "noyau/error.hpp"

namespace noyau::training {
namespace {

TEST(Evaluator, TakesPicturesAsVolumesOfDepthOne) {
  const Graph graph = zoo::build(
      {.name = "resnet3d_18", .in_channels = 1, .image_size = 28, .classes = 10, .batch = 2});
  ThreadPool pool(2);
  runtime::Weights weights(graph, 1);
  Evaluator evaluator(graph, weights, pool);
  Evaluation evaluation;
  evaluator.add(evaluation, random_batch(2, 5));
  EXPECT_EQ(evaluation.labels.size(), 2u);
  EXPECT_THROW(evaluator.add(evaluation, random_batch(3, 5)), Error);
}

}  // namespace
}  // namespace noyau::training
