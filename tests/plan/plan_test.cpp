#include "plan/plan.hpp"

#include <gtest/gtest.h>

#include "kernels/conv/bf16/bf16.hpp"
#include "kernels/conv/int8/int8.hpp"
#include "noyau/error.hpp"
#include "passes/passes.hpp"
#include "plan/memory.hpp"
#include "zoo/zoo.hpp"

namespace noyau::plan {
namespace {

Graph training_graph(const std::string& model) {
  zoo::ModelSpec spec;
  spec.name = model;
  spec.batch = 4;
  spec.training = true;
  return passes::dce(passes::fuse(passes::autodiff(zoo::build(spec))));
}

bool alive_together(const Block& a, const Block& b) {
  return a.first <= b.last && b.first <= a.last;
}
bool share_bytes(const Block& a, const Block& b) {
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

void expect_apart(const std::vector<Block>& blocks) {
  for (std::size_t i = 0; i < blocks.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_FALSE(alive_together(blocks[i], blocks[j]) && share_bytes(blocks[i], blocks[j]))
          << blocks[i].label << " and " << blocks[j].label;
}

TEST(Plan, LiveBlocksNeverOverlap) {
  for (const char* model : {"lenet5", "cifar_resnet20", "vgg_small", "mobilenet_small"}) {
    const Plan plan = make_plan(training_graph(model));
    expect_apart(plan.blocks);
    for (const Block& block : plan.blocks) {
      EXPECT_EQ(block.offset % 64, 0u);
      EXPECT_LE(block.offset + block.bytes, plan.arena_bytes);
    }
  }
}

TEST(Plan, TakesTheVariantsOfTheTable) {
  const Graph graph = training_graph("cifar_resnet20");
  Tuning tuning;
  for (const Call& call : make_plan(graph).calls)
    if (variants(*call.kernel, call.problem) > 1)
      tuning[tuning_key(*call.kernel, call.problem)] = {
          1, std::vector<double>(std::size_t(variants(*call.kernel, call.problem)), 0.5)};
  ASSERT_GT(tuning.size(), 5u);
  auto& [broken_key, broken] = *tuning.begin();
  broken.ms.push_back(1);  // of a kernel that had one variant more
  const Plan plan = make_plan(graph, {.tuning = tuning});
  for (const Call& call : plan.calls) {
    if (call.packs || variants(*call.kernel, call.problem) == 1) continue;
    const bool fits = tuning_key(*call.kernel, call.problem) != broken_key;
    EXPECT_EQ(std::get<kernels::Conv>(call.problem).variant, fits ? 1 : 0);
    EXPECT_EQ(call.variant_ms.empty(), !fits);
  }
  EXPECT_NE(print_dispatch(plan).find("variant 1 of 0 to 1: measured 0.500, 0.500 ms"),
            std::string::npos);
}

TEST(Plan, MemoryIsUsedAgain) {
  const Plan plan = make_plan(training_graph("cifar_resnet20"));
  std::size_t sum = 0;
  for (const Block& block : plan.blocks) sum += block.bytes;
  EXPECT_LT(plan.arena_bytes, sum / 2);
}

TEST(Plan, InferenceNeedsFarLessMemoryThanTraining) {
  zoo::ModelSpec spec;
  spec.name = "cifar_resnet20";
  spec.batch = 4;
  const Plan inference = make_plan(passes::dce(passes::fuse(zoo::build(spec))));
  EXPECT_LT(inference.arena_bytes * 4, make_plan(training_graph("cifar_resnet20")).arena_bytes);
}

TEST(Plan, PacksConstantWeightsOnce) {
  zoo::ModelSpec spec;
  spec.name = "lenet5";
  const Graph graph = passes::dce(zoo::build(spec));
  const Plan each_step = make_plan(graph), once = make_plan(graph, {.constant_weights = true});
  EXPECT_TRUE(each_step.prologue.empty());
  EXPECT_EQ(once.prologue.size(), 2u);  // the convolutions; linear layers read theirs in place
  EXPECT_EQ(once.calls.size() + 2, each_step.calls.size());
  expect_apart(once.blocks);
}

TEST(Plan, WritesOverAnInputThatNobodyReadsAgain) {
  Graph graph = parse(print(training_graph("lenet5")));
  const Plan plan = make_plan(graph);
  bool in_place = false;
  for (const Call& call : plan.calls)
    if (call.kernel->family == "activation_grad")
      in_place = in_place || call.inputs[0].offset == call.outputs[0].offset;
  EXPECT_TRUE(in_place);
}

TEST(Plan, SaysWhyKernelsWereRefused) {
  zoo::ModelSpec spec;
  spec.name = "lenet5";
  spec.double_precision = true;
  const std::string text = print_dispatch(make_plan(zoo::build(spec)));
  EXPECT_NE(text.find("refused brgemm: only f32"), std::string::npos) << text;
  EXPECT_NE(text.find("taken   reference of conv"), std::string::npos) << text;
}

TEST(Plan, TakesWinogradWhereNumericsAreFast) {
  zoo::ModelSpec spec;
  spec.name = "cifar_resnet20";
  spec.batch = 32;
  const Graph graph = zoo::build(spec);
  EXPECT_NE(print_dispatch(make_plan(graph)).find("taken   winograd of conv"), std::string::npos);
  const std::string exact = print_dispatch(make_plan(graph, {.numerics = Numerics::exact}));
  EXPECT_EQ(exact.find("taken   winograd"), std::string::npos);
  EXPECT_NE(exact.find("refused winograd: numerics is exact"), std::string::npos);
}

TEST(Plan, TakesBf16WhereNumericsAllowIt) {
  if (!kernels::has_bf16()) GTEST_SKIP() << "this processor has no AVX512_BF16";
  const Graph graph = training_graph("cifar_resnet20");
  const std::string text = print_dispatch(make_plan(graph, {.numerics = Numerics::bf16}));
  for (const char* family : {"conv", "conv_grad_input", "conv_grad_weight"})
    EXPECT_NE(text.find(std::string("taken   bf16 of ") + family + "\n"), std::string::npos)
        << family;
  const std::string fast = print_dispatch(make_plan(graph, {.numerics = Numerics::fast}));
  EXPECT_EQ(fast.find("taken   bf16"), std::string::npos);
  EXPECT_NE(fast.find("refused bf16: numerics is not bf16"), std::string::npos);
}

TEST(Plan, TakesInt8WhereNumericsAllowItAndWeightsAreConstant) {
  if (!kernels::has_int8()) GTEST_SKIP() << "this processor has no AVX512_VNNI";
  zoo::ModelSpec spec;
  spec.name = "cifar_resnet20";
  const Graph graph = passes::fuse(zoo::build(spec));
  const std::string text =
      print_dispatch(make_plan(graph, {.constant_weights = true, .numerics = Numerics::int8}));
  EXPECT_NE(text.find("taken   int8 of conv\n"), std::string::npos) << text;
  const std::string training = print_dispatch(make_plan(graph, {.numerics = Numerics::int8}));
  EXPECT_EQ(training.find("taken   int8"), std::string::npos);
  EXPECT_NE(training.find("refused int8: weights change from run to run"), std::string::npos);
}

TEST(Plan, RefusesNumericsThatTheProcessorLacks) {
  kernels::use_target("SCALAR");
  const auto expect = [](Numerics numerics, const char* message) {
    try {
      make_plan(training_graph("lenet5"), {.numerics = numerics});
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
      EXPECT_STREQ(error.what(), message);
    }
  };
  expect(Numerics::bf16,
         "--numerics: bf16, and this processor has no AVX512_BF16; expected exact or fast");
  expect(Numerics::int8,
         "--numerics: int8, and this processor has no AVX512_VNNI; expected exact or fast");
  kernels::use_target("");
}

TEST(Plan, PrintsItsArena) {
  const std::string text = print(make_plan(training_graph("lenet5")));
  EXPECT_EQ(text.rfind("# arena ", 0), 0u);
  EXPECT_NE(text.find("conv1.weight"), std::string::npos) << text;
}

TEST(PlaceBlocks, PutsTheLargestLowestAndFillsGaps) {
  std::vector<Block> blocks = {
      {0, "a", 0, 64, 0, 5}, {1, "b", 0, 640, 0, 1}, {2, "c", 0, 100, 2, 5}};
  EXPECT_EQ(place_blocks(blocks), 704u);
  EXPECT_EQ(blocks[1].offset, 0u);
  EXPECT_EQ(blocks[2].offset, 0u);  // b is dead by then
  EXPECT_EQ(blocks[0].offset, 640u);
  expect_apart(blocks);
}

}  // namespace
}  // namespace noyau::plan
