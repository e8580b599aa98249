#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "data/pictures.hpp"
#include "noyau/data.hpp"

namespace noyau::test {
namespace {

using testing::HasSubstr;

constexpr int kPerClass = 23;

// Two classes of pictures; with `bad`, two of the first class break off in their pixels.
void write_tree(const TempFolder& folder, bool bad = false) {
  for (int i = 0; i < kPerClass; ++i) {
    const std::string name = std::to_string(100 + i);
    Bytes jpeg = encode_jpeg(smooth(20 + i % 5, 24, 3, i));
    if (bad && (i == 7 || i == 8)) jpeg.resize(jpeg.size() - 40);
    folder.write("a/" + name + ".jpg", jpeg);
    folder.write("b/" + name + ".png", encode_png(smooth(24, 20 + i % 7, 3, -i)));
  }
}

DataOptions all_training() { return {.val_fraction = 0, .test_fraction = 0}; }

LoaderOptions training() {
  LoaderOptions options;
  options.training = true;
  options.batch = 8;
  options.input = {16, 16, 3};
  options.augment = parse_augmentations("crop=2,flip");
  options.seed = 11;
  options.queue = 2;
  return options;
}

struct Copy {
  std::vector<float> images, targets;
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> indices;
  std::int64_t valid, epoch, step;
  bool operator==(const Copy&) const = default;
};

Copy copy(const Batch& batch) {
  const auto images = batch.images.as<float>();
  const auto labels = batch.labels.as<std::int32_t>();
  const auto targets = batch.has_targets() ? batch.targets.as<float>() : std::span<const float>();
  return {{images.begin(), images.end()},
          {targets.begin(), targets.end()},
          {labels.begin(), labels.end()},
          batch.indices,
          batch.valid,
          batch.epoch,
          batch.step};
}

std::vector<Copy> run(const Dataset& dataset, const LoaderOptions& options, int batches) {
  Loader loader(dataset, options);
  std::vector<Copy> out;
  for (int i = 0; i < batches; ++i) out.push_back(copy(loader.next()));
  return out;
}

TEST(Loader, TrainingVisitsEachSampleOnceAndDropsTheTail) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  Loader loader(dataset, training());
  ASSERT_EQ(loader.steps_per_epoch(), 5);  // 46 / 8
  std::vector<std::vector<std::int64_t>> orders;
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<std::int64_t> order;
    for (std::int64_t step = 0; step < 5; ++step) {
      const Batch& batch = loader.next();
      EXPECT_EQ(batch.epoch, epoch);
      EXPECT_EQ(batch.step, step);
      EXPECT_EQ(batch.valid, 8);
      for (std::size_t row = 0; row < 8; ++row) {
        const auto& sample = dataset.samples(Split::train)[std::size_t(batch.indices[row])];
        EXPECT_EQ(batch.labels.as<std::int32_t>()[row], sample.label);
      }
      order.insert(order.end(), batch.indices.begin(), batch.indices.end());
    }
    EXPECT_EQ(std::set<std::int64_t>(order.begin(), order.end()).size(), 40u);
    orders.push_back(order);
  }
  EXPECT_NE(orders[0], orders[1]);
  EXPECT_GE(loader.wait_seconds(), 0.0);
}

TEST(Loader, TheNumberOfThreadsChangesNothing) {
  const TempFolder folder;
  write_tree(folder, true);
  for (const char* steps :
       {"none", "crop,flip", "resized-crop,jitter,randaugment,erase=1", "flip,mixup,cutmix"}) {
    LoaderOptions options = training();
    options.augment = parse_augmentations(steps);
    std::vector<Copy> first;
    for (const int threads : {1, 2, 3, 7}) {
      options.threads = threads;
      options.queue = threads;
      options.cache_bytes = threads == 2 ? 0 : threads == 3 ? 5000 : 1 << 24;
      const auto got = run(Dataset::open(folder.path(), all_training()), options, 13);
      if (first.empty()) first = got;
      EXPECT_EQ(got, first) << threads;
    }
  }
}

TEST(Loader, StartsAtAnyStep) {
  const TempFolder folder;
  write_tree(folder, true);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  const auto whole = run(dataset, training(), 15);
  for (const int start : {1, 4, 5, 9, 12}) {
    LoaderOptions options = training();
    options.first_epoch = start / 5;
    options.first_step = start % 5;
    const auto rest = run(dataset, options, 15 - start);
    EXPECT_TRUE(std::equal(rest.begin(), rest.end(), whole.begin() + start)) << start;
  }
}

TEST(Loader, BalancedSamplingRepeatsPicturesWithOtherChanges) {
  const TempFolder folder;
  for (int i = 0; i < 24; ++i)
    folder.write("many/" + std::to_string(i) + ".png", encode_png(smooth(24, 24, 3, i)));
  folder.write("one/x.png", encode_png(smooth(24, 24, 3, 99)));
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.sampling = Sampling::balanced;
  std::set<std::vector<float>> rare;
  std::map<std::int32_t, int> counts;
  for (const Copy& batch : run(dataset, options, 3)) {
    const std::size_t picture = batch.images.size() / batch.labels.size();
    for (std::size_t row = 0; row < batch.labels.size(); ++row) {
      ++counts[batch.labels[row]];
      const auto begin = batch.images.begin() + std::ptrdiff_t(row * picture);
      if (batch.labels[row] == 1) rare.emplace(begin, begin + std::ptrdiff_t(picture));
    }
  }
  EXPECT_GE(counts[1], 11);  // of 24, and a draw of the 25 is dropped with the tail
  EXPECT_LE(counts[1], 13);
  EXPECT_GE(rare.size(), 6u);
}

// Pictures of which a part, or fewer pixels, are decoded: what is in the cache must not show, nor
// which epochs came before, nor damage that only some of the parts would meet.
TEST(Loader, PartsAndSmallerDecodesDoNotDependOnTheCache) {
  const TempFolder folder;
  for (int i = 0; i < 12; ++i) {
    Bytes jpeg = encode_jpeg(smooth(60 + 90 * (i % 3), 100 + 70 * (i % 2), 3, i),
                             {.exif = exif_block(1 + i % 8)});
    if (i == 5) jpeg.resize(jpeg.size() - 60);
    folder.write("a/" + std::to_string(i) + ".jpg", jpeg);
    folder.write("b/" + std::to_string(i) + ".png", encode_png(smooth(40, 50, 3, i)));
  }
  for (const char* steps : {"resized-crop,flip", "mixup,resized-crop=0.5", "flip,resized-crop"}) {
    LoaderOptions options = training();
    options.augment = parse_augmentations(steps);
    const auto whole = run(Dataset::open(folder.path(), all_training()), options, 12);
    for (const std::int64_t bytes : {0, 30000, 200000}) {
      options.cache_bytes = bytes;
      options.threads = bytes == 0 ? 3 : 1;
      EXPECT_EQ(run(Dataset::open(folder.path(), all_training()), options, 12), whole) << bytes;
    }
    options.first_epoch = 2;
    const auto rest = run(Dataset::open(folder.path(), all_training()), options, 6);
    EXPECT_TRUE(std::equal(rest.begin(), rest.end(), whole.begin() + 6)) << steps;
  }
}

TEST(Loader, EvaluationDecodesLargeJpegsSmaller) {
  const TempFolder folder;
  for (const char* name : {"a/1.jpg", "b/1.jpg"})
    folder.write(name, encode_jpeg(smooth(160, 130, 3)));
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.training = false;
  options.augment.clear();
  Loader loader(dataset, options);
  const auto got = loader.next().images.as<float>();
  const Image exact = fit(dataset.load(dataset.samples(Split::train)[0]), options.input);
  double sum = 0;
  for (std::size_t i = 0; i < exact.pixels.size(); ++i)
    sum += std::abs(double(got[i]) * 255 - exact.pixels[i]);
  EXPECT_GT(sum, 0);
  EXPECT_LT(sum / double(exact.pixels.size()), 2);
}

TEST(Loader, TheSeedDecidesOrderAndAugmentation) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions other = training();
  other.seed = 12;
  EXPECT_EQ(run(dataset, training(), 3), run(dataset, training(), 3));
  EXPECT_NE(run(dataset, training(), 1)[0].indices, run(dataset, other, 1)[0].indices);
}

TEST(Loader, MixesTrainingBatchesOnly) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.augment = parse_augmentations("mixup=1");
  Loader loader(dataset, options);
  const Batch& batch = loader.next();
  ASSERT_TRUE(batch.has_targets());
  EXPECT_EQ(batch.targets.shape(), Shape({8, 2}));
  const auto targets = batch.targets.as<float>();
  for (std::size_t row = 0; row < 8; ++row)
    EXPECT_NEAR(targets[2 * row] + targets[2 * row + 1], 1, 1e-6);
  options.training = false;
  Loader evaluation(dataset, options);
  EXPECT_FALSE(evaluation.next().has_targets());
  options.training = true;
  options.augment = parse_augmentations("flip");
  Loader plain(dataset, options);
  EXPECT_FALSE(plain.next().has_targets());
}

TEST(Loader, EvaluationKeepsTheOrderAndPadsTheTail) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.training = false;
  options.batch = 10;
  Loader loader(dataset, options);
  ASSERT_EQ(loader.steps_per_epoch(), 5);
  for (int round = 0; round < 2; ++round) {
    std::int64_t next = 0;
    for (int step = 0; step < 5; ++step) {
      const Batch& batch = loader.next();
      EXPECT_EQ(batch.valid, step < 4 ? 10 : 6);
      for (std::int64_t row = 0; row < batch.valid; ++row)
        EXPECT_EQ(batch.indices[std::size_t(row)], next++);
      if (step < 4) continue;
      EXPECT_EQ(batch.indices[6], -1);
      const auto rest = batch.images.as<float>().subspan(6 * 16 * 16 * 3);
      EXPECT_TRUE(std::ranges::all_of(rest, [](float v) { return v == 0.0f; }));
    }
    EXPECT_EQ(next, 46);
  }
}

TEST(Loader, EvaluationShowsTheFittedPicture) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.training = false;
  options.augment = {};
  options.normalisation = {NormalisationKind::channel_mean, {0.5f, 0.25f, 0.125f}, {}};
  Loader loader(dataset, options);
  const Batch& batch = loader.next();
  const Image image = fit(dataset.load(dataset.samples(Split::train)[2]), options.input);
  std::vector<float> expected(image.pixels.size());
  normalise(image, options.normalisation, expected);
  const auto got = batch.images.as<float>().subspan(2 * expected.size(), expected.size());
  EXPECT_TRUE(std::ranges::equal(got, expected));
  EXPECT_EQ(expected[1], float(image.pixels[1]) / 255.0f - 0.25f);
}

TEST(Loader, InOrderEveryPictureIsChangedAsInTraining) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.augment = parse_augmentations("flip,vflip,rotate=20");
  options.batch = 4;
  options.first_epoch = 3;
  Loader shuffled(dataset, options);
  const Batch& batch = shuffled.next();
  options.training = false;
  Loader ordered(dataset, options);
  const auto picture = std::size_t(batch.images.shape().elements() / 4);
  std::map<std::int64_t, std::vector<float>> by_position;
  for (std::int64_t step = 0; step < ordered.steps_per_epoch(); ++step) {
    const Batch& next = ordered.next();
    for (std::size_t i = 0; i < std::size_t(next.valid); ++i) {
      const auto pixels = next.images.as<float>().subspan(i * picture, picture);
      by_position[next.indices[i]] = {pixels.begin(), pixels.end()};
    }
  }
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(std::ranges::equal(batch.images.as<float>().subspan(i * picture, picture),
                                   by_position.at(batch.indices[i])));
}

TEST(Loader, RowsTakeThePlaceOfPictures) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.training = false;
  options.batch = 4;
  options.rows = RowSource{Shape{2}, [](std::int64_t position, std::int64_t, std::span<float> out) {
                             out[0] = float(position);
                             out[1] = -1;
                             return position != 1;
                           }};
  Loader loader(dataset, options);
  const Batch& batch = loader.next();
  EXPECT_EQ(batch.images.shape(), Shape({4, 2}));
  EXPECT_EQ(batch.valid, 3);
  EXPECT_EQ(batch.images.as<float>()[2], 2);
  EXPECT_EQ(batch.indices[1], 2);
}

TEST(Loader, BadPicturesAreReplacedInTrainingAndLeftOutInEvaluation) {
  const TempFolder folder;
  write_tree(folder, true);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  EXPECT_TRUE(dataset.skipped().empty());  // their headers are good
  LoaderOptions options = training();
  options.batch = 46;
  const auto trained = run(dataset, options, 2);
  for (const Copy& batch : trained) {
    EXPECT_EQ(batch.valid, 46);
    EXPECT_EQ(std::set<std::int64_t>(batch.indices.begin(), batch.indices.end()).size(), 44u);
    EXPECT_EQ(std::ranges::count(batch.indices, 7) + std::ranges::count(batch.indices, 8), 0);
  }
  const auto skipped = dataset.skipped();
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_EQ(skipped[0].path, "a/107.jpg");
  EXPECT_THAT(skipped[0].reason, HasSubstr("damaged JPEG"));
  options.training = false;
  const Copy evaluated = run(dataset, options, 1)[0];
  EXPECT_EQ(evaluated.valid, 44);
  EXPECT_EQ(evaluated.indices[7], 9);
  EXPECT_EQ(evaluated.indices[44], -1);
}

TEST(Loader, APictureThatDisappearsIsSkipped) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  std::filesystem::remove(folder / "b/105.png");
  LoaderOptions options = training();
  options.training = false;
  run(dataset, options, 6);
  ASSERT_EQ(dataset.skipped().size(), 1u);
  EXPECT_THAT(dataset.skipped()[0].reason, HasSubstr("No such file"));
}

TEST(Loader, NothingButBadPicturesIsAnError) {
  const TempFolder folder;
  for (const char* name : {"a/1.jpg", "a/2.jpg", "b/1.jpg"}) {
    Bytes jpeg = encode_jpeg(smooth(16, 16, 3));
    jpeg.resize(jpeg.size() - 30);
    folder.write(name, jpeg);
  }
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  Loader loader(dataset, training());
  EXPECT_THAT(error_of([&] { loader.next(); }).what(), HasSubstr("none of its 3 pictures"));
  EXPECT_THROW(measure_normalisation(dataset, NormalisationKind::mean_std, {16, 16, 3}), Error);
}

TEST(Loader, ASetSmallerThanABatchIsRepeated) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  LoaderOptions options = training();
  options.batch = 100;
  Loader loader(dataset, options);
  EXPECT_EQ(loader.steps_per_epoch(), 1);
  const Batch& batch = loader.next();
  EXPECT_EQ(batch.valid, 100);
  std::map<std::int64_t, int> seen;
  for (const std::int64_t index : batch.indices) ++seen[index];
  EXPECT_EQ(seen.size(), 46u);
  for (const auto& [index, times] : seen) EXPECT_TRUE(times == 2 || times == 3);
}

TEST(Loader, RefusesOptionsOutOfRange) {
  const TempFolder folder;
  write_tree(folder);
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  const auto refused = [&](auto change) {
    LoaderOptions options = training();
    change(options);
    return error_of([&] { Loader loader(dataset, options); }).code();
  };
  EXPECT_EQ(refused([](auto& o) { o.batch = 0; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) { o.threads = 0; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) { o.queue = 0; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) { o.first_step = 5; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) { o.first_epoch = -1; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) { o.split = Split::val; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) { o.input.channels = 2; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) { o.augment = {{"flip", {1.5}}}; }), ErrorCode::invalid_argument);
  EXPECT_EQ(refused([](auto& o) {
              o.normalisation = {NormalisationKind::mean_std, {0.5f}, {0.5f}};
            }),
            ErrorCode::shape_mismatch);
}

TEST(Normalisation, IsTheStatisticsOfTheTrainingPart) {
  const TempFolder folder;
  folder.write("a/1.png", encode_png({1, 2, 3, {0, 10, 255, 100, 10, 255}}));
  folder.write("b/1.png", encode_png({1, 2, 3, {200, 10, 255, 100, 10, 255}}));
  const Dataset dataset = Dataset::open(folder.path(), all_training());
  const InputSize input{1, 2, 3};
  const auto std = measure_normalisation(dataset, NormalisationKind::mean_std, input, 2);
  EXPECT_FLOAT_EQ(std.mean[0], 100 / 255.0f);
  EXPECT_FLOAT_EQ(std.deviation[0], std::sqrt(5000.0f) / 255.0f);
  EXPECT_FLOAT_EQ(std.deviation[1], 1 / 255.0f);  // a constant channel is not divided by zero
  const auto image = measure_normalisation(dataset, NormalisationKind::mean_image, input);
  ASSERT_EQ(image.mean.size(), 6u);
  EXPECT_FLOAT_EQ(image.mean[3], 100 / 255.0f);
  const auto mean = measure_normalisation(dataset, NormalisationKind::channel_mean, input);
  EXPECT_EQ(mean.mean, std.mean);
  EXPECT_TRUE(mean.deviation.empty());
  EXPECT_EQ(measure_normalisation(dataset, NormalisationKind::none, input), Normalisation{});
}

TEST(Normalisation, IsTheSameForAnyNumberOfThreads) {
  const TempFolder folder;
  write_tree(folder, true);
  for (const auto kind : {NormalisationKind::mean_std, NormalisationKind::mean_image}) {
    const Dataset dataset = Dataset::open(folder.path(), all_training());
    const auto one = measure_normalisation(dataset, kind, {16, 16, 3}, 1);
    for (const int threads : {2, 3, 5})
      EXPECT_EQ(measure_normalisation(dataset, kind, {16, 16, 3}, threads), one);
    EXPECT_EQ(dataset.skipped().size(), 2u);
  }
}

TEST(Normalisation, NamesAreReadBack) {
  for (const auto kind : {NormalisationKind::none, NormalisationKind::mean_image,
                          NormalisationKind::channel_mean, NormalisationKind::mean_std})
    EXPECT_EQ(parse_normalisation(to_string(kind)), kind);
  EXPECT_THAT(error_of([] { parse_normalisation("imagenet"); }).what(), HasSubstr("mean_image"));
}

}  // namespace
}  // namespace noyau::test
