#include "data/check/duplicates.hpp"

#include <algorithm>
#include <unordered_map>

#include "data/check/near_pairs.hpp"
#include "data/check/union_find.hpp"

namespace noyau::data {
namespace {

// Copies that were re-encoded (JPEG quality 50), resized by half or made a third brighter lie above
// this; of 10,000 pictures of Fashion-MNIST, no two of which are meant to be the same, two pairs
// do.
constexpr double kSameSimilarity = 0.995;

// Nothing can be told apart in a picture that is flatter than this.
constexpr double kFlat = 2;

/// Joins equal files; returns the first of each, in order.
std::vector<std::size_t> join_exact(std::span<const Examined> pictures, UnionFind& groups) {
  std::unordered_map<std::string_view, std::size_t> seen;
  std::vector<std::size_t> firsts;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (!pictures[i].facts.readable) continue;
    const auto [at, is_new] = seen.emplace(pictures[i].facts.content, i);
    if (is_new)
      firsts.push_back(i);
    else
      groups.join(at->second, i);
  }
  return firsts;
}

void join_near(std::span<const Examined> pictures, std::vector<std::size_t> firsts, int near,
               UnionFind& groups) {
  std::erase_if(firsts, [&](std::size_t i) { return deviation(pictures[i].thumbnail) < kFlat; });
  std::vector<std::uint64_t> hashes;
  for (const std::size_t i : firsts) hashes.push_back(pictures[i].facts.hash);
  for_near_pairs(hashes, near, [&](std::size_t a, std::size_t b) {
    const std::size_t i = firsts[a], j = firsts[b];
    if (groups.find(i) == groups.find(j)) return;
    if (similarity(pictures[i].thumbnail, pictures[j].thumbnail) >= kSameSimilarity)
      groups.join(i, j);
  });
}

DuplicateGroup describe(std::span<const Examined> pictures, std::vector<std::int64_t> members) {
  DuplicateGroup group{.pictures = std::move(members), .exact = true};
  const PictureFacts& first = pictures[std::size_t(group.pictures[0])].facts;
  for (const std::int64_t i : group.pictures) {
    const PictureFacts& other = pictures[std::size_t(i)].facts;
    group.exact = group.exact && other.content == first.content;
    group.leak = group.leak || other.part != first.part;
    group.labels_differ = group.labels_differ || other.sample.label != first.sample.label ||
                          other.sample.targets != first.sample.targets;
  }
  return group;
}

}  // namespace

std::vector<DuplicateGroup> find_duplicates(std::span<const Examined> pictures, int near) {
  UnionFind groups(pictures.size());
  join_near(pictures, join_exact(pictures, groups), near, groups);
  std::unordered_map<std::size_t, std::vector<std::int64_t>> members;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    auto& list = members[groups.find(i)];
    list.push_back(std::int64_t(i));
    if (list.size() == 2) order.push_back(groups.find(i));
  }
  std::ranges::sort(order);
  std::vector<DuplicateGroup> out;
  for (const std::size_t group : order)
    out.push_back(describe(pictures, std::move(members[group])));
  std::ranges::stable_partition(out, &DuplicateGroup::leak);
  return out;
}

}  // namespace noyau::data
