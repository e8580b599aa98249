#include <fmt/format.h>

#include <algorithm>

#include "data/check/union_find.hpp"
#include "data/parts/deal.hpp"
#include "data/parts/likeness.hpp"
#include "noyau/error.hpp"
#include "noyau/split.hpp"

namespace noyau {
namespace {

std::vector<std::int32_t> keys_of(const Sample& sample, Task task) {
  if (task == Task::classes) return {sample.label};
  std::vector<std::int32_t> keys;
  if (task == Task::values) return keys;
  for (std::size_t k = 0; k < sample.targets.size(); ++k)
    if (sample.targets[k] > 0) keys.push_back(std::int32_t(k));
  return keys;
}

void describe_groups(const std::vector<std::size_t>& group, SplitPlan& plan) {
  std::vector<std::int64_t> sizes(group.size());
  for (const std::size_t number : group) ++sizes[number];
  for (const std::int64_t size : sizes) {
    plan.groups += size > 1;
    plan.largest = std::max(plan.largest, size);
  }
}

/// In the order that they are found in, whatever part they were in before.
void sort_by_place(std::vector<PictureFacts>& pictures, std::vector<DuplicateGroup>& duplicates) {
  std::vector<std::int64_t> order(pictures.size()), place(pictures.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = std::int64_t(i);
  std::ranges::sort(order, {}, [&](std::int64_t i) {
    const Sample& sample = pictures[std::size_t(i)].sample;
    return std::pair(sample.source, sample.index);
  });
  std::vector<PictureFacts> sorted;
  for (const std::int64_t i : order) {
    place[std::size_t(i)] = std::ssize(sorted);
    sorted.push_back(std::move(pictures[std::size_t(i)]));
  }
  pictures = std::move(sorted);
  for (DuplicateGroup& group : duplicates)
    for (std::int64_t& picture : group.pictures) picture = place[std::size_t(picture)];
}

/// Before any picture is read.
void check_options(const SplitOptions& options) {
  if (!(options.val >= 0 && options.test >= 0 && options.val + options.test < 1))
    throw Error(ErrorCode::invalid_argument, "--val",
                fmt::format("{} with --test {}", options.val, options.test),
                "shares of at least 0 that leave something to train on");
  data::UnionFind none(0);
  data::join_alike({}, options.group, none);
}

}  // namespace

SplitPlan make_split(const Dataset& data, const SplitOptions& options,
                     const CheckProgress& progress) {
  check_options(options);
  DataCheck check = check_data(data, {.threads = options.threads, .near = options.near}, progress);
  sort_by_place(check.pictures, check.duplicates);
  SplitPlan plan;
  plan.data = data.path();
  plan.fingerprint = data.fingerprint();
  plan.options = options;
  data::UnionFind groups(check.pictures.size());
  for (const DuplicateGroup& group : check.duplicates)
    for (const std::int64_t picture : group.pictures)
      groups.join(std::size_t(group.pictures[0]), std::size_t(picture));
  plan.duplicates = std::ssize(check.duplicates);
  plan.ungrouped = data::join_alike(check.pictures, options.group, groups);
  data::Hand hand;
  for (std::size_t i = 0; i < check.pictures.size(); ++i) {
    hand.group.push_back(groups.find(i));
    hand.keys.push_back(options.stratify ? keys_of(check.pictures[i].sample, data.task())
                                         : std::vector<std::int32_t>{});
  }
  describe_groups(hand.group, plan);
  const std::vector<Split> parts = data::deal(hand, options.val, options.test, options.seed);
  if (data.task() != Task::values) plan.classes = data.classes();
  plan.counts.resize(plan.classes.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t part = std::size_t(parts[i]);
    plan.names[part].push_back(std::move(check.pictures[i].name));
    for (const std::int32_t key : keys_of(check.pictures[i].sample, data.task()))
      ++plan.counts[std::size_t(key)][part];
  }
  return plan;
}

}  // namespace noyau
