#include "data/check/duplicates.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

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

// Most bits in which turned copies may differ. They are looked for in six ways, and with one more
// the search takes eight times as long (for_near_pairs looks up all changes of up to bits / 4 in
// each part of a hash).
constexpr int kNearTurned = 7;

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

/// Groups of positions among all pictures, and which of them were joined by a turned copy.
struct Groups {
  explicit Groups(std::size_t pictures) : joined(pictures), mirrored(pictures) {}
  UnionFind joined;
  std::vector<bool> mirrored;
};

std::vector<std::size_t> with_structure(std::span<const Examined> pictures,
                                        std::vector<std::size_t> firsts) {
  std::erase_if(firsts, [&](std::size_t i) { return deviation(pictures[i].thumbnail) < kFlat; });
  return firsts;
}

/// Joins the pictures with those that look like them when laid as `turn` says; 1 = as they are.
void join_alike(std::span<const Examined> pictures, std::span<const std::size_t> firsts, int near,
                int turn, Groups& groups) {
  std::vector<std::uint64_t> hashes, turned_hashes;
  for (const std::size_t i : firsts) {
    hashes.push_back(pictures[i].hashes[0]);
    turned_hashes.push_back(pictures[i].hashes[std::size_t(turn - 1)]);
  }
  std::size_t laid = pictures.size();  // whose thumbnail is the next
  Thumbnail thumbnail;
  const int radius = turn == 1 ? near : std::min(near, kNearTurned);
  for_near_pairs(turned_hashes, hashes, radius, [&](std::size_t a, std::size_t b) {
    // All turns but that by a quarter undo themselves: each pair comes twice.
    if (turn != kQuarterTurn && b <= a) return;
    const std::size_t i = firsts[a], j = firsts[b];
    if (groups.joined.find(i) == groups.joined.find(j)) return;
    if (std::exchange(laid, i) != i) thumbnail = turned(pictures[i].thumbnail, turn);
    if (similarity(thumbnail, pictures[j].thumbnail) < kSameSimilarity) return;
    groups.joined.join(i, j);
    groups.mirrored[i] = groups.mirrored[i] || turn != 1;
  });
}

Likeness likeness_of(std::span<const Examined> pictures, std::span<const std::int64_t> members,
                     const std::vector<bool>& mirrored) {
  bool exact = true;
  for (const std::int64_t i : members) {
    if (mirrored[std::size_t(i)]) return Likeness::mirrored;
    exact = exact && pictures[std::size_t(i)].facts.content ==
                         pictures[std::size_t(members[0])].facts.content;
  }
  return exact ? Likeness::exact : Likeness::near;
}

DuplicateGroup describe(std::span<const Examined> pictures, std::vector<std::int64_t> members,
                        const std::vector<bool>& mirrored) {
  DuplicateGroup group{.likeness = likeness_of(pictures, members, mirrored)};
  group.pictures = std::move(members);
  const PictureFacts& first = pictures[std::size_t(group.pictures[0])].facts;
  for (const std::int64_t i : group.pictures) {
    const PictureFacts& other = pictures[std::size_t(i)].facts;
    group.leak = group.leak || other.part != first.part;
    group.labels_differ = group.labels_differ || other.sample.label != first.sample.label ||
                          other.sample.targets != first.sample.targets;
  }
  return group;
}

}  // namespace

std::vector<DuplicateGroup> find_duplicates(std::span<const Examined> pictures, int near) {
  Groups groups(pictures.size());
  const std::vector<std::size_t> firsts =
      with_structure(pictures, join_exact(pictures, groups.joined));
  for (int turn = 1; turn <= kTurns; ++turn) join_alike(pictures, firsts, near, turn, groups);
  std::unordered_map<std::size_t, std::vector<std::int64_t>> members;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    auto& list = members[groups.joined.find(i)];
    list.push_back(std::int64_t(i));
    if (list.size() == 2) order.push_back(groups.joined.find(i));
  }
  std::ranges::sort(order);
  std::vector<DuplicateGroup> out;
  for (const std::size_t group : order)
    out.push_back(describe(pictures, std::move(members[group]), groups.mirrored));
  std::ranges::stable_partition(out, &DuplicateGroup::leak);
  return out;
}

}  // namespace noyau::data
