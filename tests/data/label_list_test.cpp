#include "data/label_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/pictures.hpp"
#include "noyau/data.hpp"
#include "noyau/error.hpp"

namespace noyau::test {
namespace {

using data::LabelList;
using data::parse_label_list;
using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::string& text) {
  return error_of([&] { parse_label_list(text, "labels.csv"); }).what();
}

TEST(LabelList, ALabelIsAClass) {
  const LabelList list =
      parse_label_list("file,label,split\nb.jpg,dog,test\na.jpg,cat,train\n", "labels.csv");
  EXPECT_EQ(list.task, Task::classes);
  EXPECT_THAT(list.names, ElementsAre("cat", "dog"));
  EXPECT_TRUE(list.has_split);
  EXPECT_EQ(list.rows[0].file, "b.jpg");
  EXPECT_EQ(list.rows[0].label, 1);
  EXPECT_EQ(list.rows[0].split, Split::test);
  EXPECT_TRUE(list.rows[0].targets.empty());
}

TEST(LabelList, LabelsAreAnyNumber) {
  const LabelList list = parse_label_list("labels,file\nsea;sky,a\n,b\n;sky;,c\n", "labels.csv");
  EXPECT_EQ(list.task, Task::labels);
  EXPECT_THAT(list.names, ElementsAre("sea", "sky"));
  EXPECT_THAT(list.rows[0].targets, ElementsAre(1, 1));
  EXPECT_THAT(list.rows[1].targets, ElementsAre(0, 0));
  EXPECT_THAT(list.rows[2].targets, ElementsAre(0, 1));
}

TEST(LabelList, OtherColumnsAreValuesInTheirOrder) {
  const LabelList list = parse_label_list("file,weight,age\na,2.5,-1e2\nb,0,7\n", "labels.csv");
  EXPECT_EQ(list.task, Task::values);
  EXPECT_THAT(list.names, ElementsAre("weight", "age"));
  EXPECT_THAT(list.rows[0].targets, ElementsAre(2.5f, -100));
}

TEST(LabelList, NamesLineAndReasonOfWhatIsWrong) {
  EXPECT_THAT(refusal(""), HasSubstr("nothing in it"));
  EXPECT_THAT(refusal("name,label\n"), HasSubstr("no column \"file\""));
  EXPECT_THAT(refusal("file\na\n"), HasSubstr("no column besides file"));
  EXPECT_THAT(refusal("file,file\n"), HasSubstr("twice"));
  EXPECT_THAT(refusal("file,label,age\na,x,3\n"), HasSubstr("columns besides"));
  EXPECT_THAT(refusal("file,label\n"), HasSubstr("no label in any line"));
  EXPECT_THAT(refusal("file,age\n"), HasSubstr("no pictures"));
  EXPECT_THAT(refusal("file,label\na,x\nb,\n"), HasSubstr("labels.csv:3"));
  EXPECT_THAT(refusal("file,labels\na,\n"), HasSubstr("no labels in any line"));
  EXPECT_THAT(refusal("file,age\na,3\nb\n"), HasSubstr("1 cells"));
  EXPECT_THAT(refusal("file,age\na,old\n"), HasSubstr("age \"old\""));
  EXPECT_THAT(refusal("file,age\na,nan\n"), HasSubstr("a number"));
  EXPECT_THAT(refusal("file,age\na,3\na,4\n"), HasSubstr("again, after line 2"));
  EXPECT_THAT(refusal("file,age\n../a,3\n"), HasSubstr("below the folder"));
  EXPECT_THAT(refusal("file,age\n/etc/a,3\n"), HasSubstr("below the folder"));
  EXPECT_THAT(refusal("file,age\n,3\n"), HasSubstr("no file"));
  EXPECT_THAT(refusal("file,age,split\na,3,dev\n"), HasSubstr("train, val or test"));
}

void write_pictures(const TempFolder& folder, int count) {
  for (int i = 0; i < count; ++i)
    folder.write("p/" + std::to_string(i) + ".png", encode_png(smooth(6, 8, 1, i)));
}

TEST(LabelFolder, ReadsWhatTheListNames) {
  const TempFolder folder;
  write_pictures(folder, 4);
  folder.write("p/note.png", std::string("no picture"));
  folder.write("labels.csv", std::string("file,labels,split\np/0.png,a;b,train\np/1.png,b,train\n"
                                         "p/3.png,,val\np/9.png,a,train\np/note.png,a,test\n"));
  const Dataset dataset = Dataset::open(folder.path());
  EXPECT_EQ(dataset.task(), Task::labels);
  EXPECT_THAT(dataset.classes(), ElementsAre("a", "b"));
  EXPECT_EQ(dataset.channels(), 1);
  ASSERT_EQ(dataset.samples(Split::train).size(), 2u);
  EXPECT_THAT(dataset.samples(Split::train)[1].targets, ElementsAre(0, 1));
  ASSERT_EQ(dataset.samples(Split::val).size(), 1u);
  EXPECT_EQ(dataset.load(dataset.samples(Split::val)[0]).width, 8);
  const auto skipped = dataset.skipped();
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_EQ(skipped[0].path, "p/9.png");
  EXPECT_EQ(skipped[0].reason, "does not exist");
}

TEST(LabelFolder, SplitsWhatHasNoSplit) {
  const TempFolder folder;
  write_pictures(folder, 20);
  std::string list = "file,size\n";
  for (int i = 0; i < 20; ++i)
    list += "p/" + std::to_string(i) + ".png," + std::to_string(i) + "\n";
  folder.write("labels.csv", list);
  const Dataset dataset = Dataset::open(folder.path(), {.val_fraction = 0.2});
  EXPECT_EQ(dataset.samples(Split::train).size(), 14u);
  EXPECT_EQ(dataset.samples(Split::val).size(), 4u);
  EXPECT_EQ(dataset.samples(Split::test).size(), 2u);
  const std::string before = dataset.fingerprint();
  folder.write("labels.csv", list + "p/20.png,3\n");
  EXPECT_NE(Dataset::open(folder.path()).fingerprint(), before);
}

TEST(LabelFolder, ValuesAreMeasuredOnTheTrainingPart) {
  const TempFolder folder;
  write_pictures(folder, 4);
  folder.write("labels.csv", std::string("file,x,same,split\np/0.png,1,5,train\np/1.png,3,5,train\n"
                                         "p/2.png,100,5,val\np/3.png,100,5,test\n"));
  const ValueScale scale = measure_values(Dataset::open(folder.path()));
  EXPECT_THAT(scale.mean, ElementsAre(2, 5));
  EXPECT_THAT(scale.deviation, ElementsAre(1, 1));
}

TEST(LabelFolder, LoadersGiveScaledTargets) {
  const TempFolder folder;
  write_pictures(folder, 3);
  folder.write("labels.csv", std::string("file,x,split\np/0.png,1,train\np/1.png,3,train\n"
                                         "p/2.png,6,val\n"));
  const Dataset dataset = Dataset::open(folder.path());
  LoaderOptions options;
  options.split = Split::val;
  options.batch = 2;
  options.input = {6, 8, 1};
  options.values = measure_values(dataset);
  Loader loader(dataset, options);
  const Batch& batch = loader.next();
  EXPECT_EQ(batch.valid, 1);
  EXPECT_THAT(
      std::vector<float>(batch.targets.as<float>().begin(), batch.targets.as<float>().end()),
      ElementsAre(4, 0));
}

TEST(LabelFolder, MixedPicturesHaveMixedLabels) {
  const TempFolder folder;
  write_pictures(folder, 2);
  folder.write("labels.csv", std::string("file,labels,split\np/0.png,a,train\np/1.png,b,train\n"));
  LoaderOptions options;
  options.training = true;
  options.batch = 2;
  options.input = {6, 8, 1};
  options.augment = parse_augmentations("mixup=1");
  Loader loader(Dataset::open(folder.path()), options);
  const auto targets = loader.next().targets.as<float>();
  EXPECT_FLOAT_EQ(targets[0] + targets[1], 1);
  EXPECT_FLOAT_EQ(targets[0] + targets[2], 1);
}

TEST(LabelFolder, RefusesAListWithoutAPicture) {
  const TempFolder folder;
  folder.write("labels.csv", std::string("file,x\nnone.png,1\n"));
  const std::string text = error_of([&] { Dataset::open(folder.path()); }).what();
  EXPECT_THAT(text, HasSubstr("no training picture"));
  EXPECT_THAT(text, HasSubstr("does not exist"));
}

}  // namespace
}  // namespace noyau::test
