#include "data/parts/deal.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/random.hpp"

namespace noyau::data {
namespace {

constexpr std::uint64_t kStream = 0x6465616c;
constexpr double kTolerance = 1;  // things that a part may be overfilled by for balance

using Counts = std::array<double, 3>;  // by Split

/// How a class, or everything, is to be dealt out, and how far that is.
struct Tally {
  double total = 0, dealt = 0;
  Counts target{}, held{};

  void aim(double val, double test) {
    // As many as three of a class are enough for every part.
    const double least = total >= 3 ? 1 : 0;
    target[1] = val > 0 ? std::max(val * total, least) : 0;
    target[2] = test > 0 ? std::max(test * total, least) : 0;
    target[0] = total - target[1] - target[2];
  }
  /// By how many more the part would be overfilled.
  double overflow(std::size_t part, double more) const {
    return std::max(0.0, held[part] + more - target[part]);
  }
  /// How many the part lacks of what it should have once `more` are dealt out.
  double lack(std::size_t part, double more) const {
    return target[part] / total * (dealt + more) - held[part];
  }
  void give(std::size_t part, double more) {
    dealt += more;
    held[part] += more;
  }
};

struct Group {
  std::vector<std::size_t> members;
  std::map<std::int32_t, double> counts;  // by key
};

std::vector<Group> groups_of(const Hand& hand, std::uint64_t seed) {
  std::map<std::size_t, Group> by_number;
  for (std::size_t i = 0; i < hand.group.size(); ++i) {
    Group& group = by_number[hand.group[i]];
    group.members.push_back(i);
    for (const std::int32_t key : hand.keys[i]) ++group.counts[key];
  }
  std::vector<Group> groups;
  for (auto& [number, group] : by_number) groups.push_back(std::move(group));
  Random random(seed, kStream);
  shuffle(groups, random);
  std::ranges::stable_sort(groups, std::greater(),
                           [](const Group& group) { return group.members.size(); });
  return groups;
}

class Dealer {
 public:
  Dealer(const std::vector<Group>& groups, double val, double test) : val_(val), test_(test) {
    for (const Group& group : groups) {
      all_.total += double(group.members.size());
      for (const auto& [key, count] : group.counts) tallies_[key].total += count;
    }
    all_.aim(val, test);
    for (auto& [key, tally] : tallies_) tally.aim(val, test);
  }

  std::size_t choose(const Group& group) const {
    Counts overflow{}, lack{};
    for (std::size_t part = 0; part < 3; ++part) {
      const double size = double(group.members.size());
      overflow[part] = group.counts.empty() ? all_.overflow(part, size) : 0;
      lack[part] = all_.lack(part, size);
      for (const auto& [key, count] : group.counts) {
        overflow[part] += tallies_.at(key).overflow(part, count);
        lack[part] += tallies_.at(key).lack(part, count) * count / size;
      }
    }
    double least = overflow[0];
    if (val_ > 0) least = std::min(least, overflow[1]);
    if (test_ > 0) least = std::min(least, overflow[2]);
    std::size_t best = 3;
    for (std::size_t part = 0; part < 3; ++part) {
      const bool wanted = part == 0 || (part == 1 ? val_ : test_) > 0;
      if (!wanted || overflow[part] >= least + kTolerance) continue;
      if (best == 3 || lack[part] > lack[best]) best = part;
    }
    return best;
  }

  void give(const Group& group, std::size_t part) {
    all_.give(part, double(group.members.size()));
    for (const auto& [key, count] : group.counts) tallies_.at(key).give(part, count);
  }

  /// Whether a class of the group has nothing for training.
  bool is_starving(const Group& group) const {
    return std::ranges::any_of(group.counts, [&](const auto& entry) {
      return tallies_.at(entry.first).held[std::size_t(Split::train)] == 0;
    });
  }
  void take_back(const Group& group, std::size_t part) {
    all_.give(part, -double(group.members.size()));
    for (const auto& [key, count] : group.counts) tallies_.at(key).give(part, -count);
  }

 private:
  double val_, test_;
  Tally all_;
  std::map<std::int32_t, Tally> tallies_;
};

}  // namespace

std::vector<Split> deal(const Hand& hand, double val, double test, std::uint64_t seed) {
  const std::vector<Group> groups = groups_of(hand, seed);
  Dealer dealer(groups, val, test);
  std::vector<std::size_t> parts;
  for (const Group& group : groups) {
    parts.push_back(dealer.choose(group));
    dealer.give(group, parts.back());
  }
  // From the smallest group on: what a class needs for training is taken where it costs least.
  for (std::size_t i = groups.size(); i-- > 0;) {
    if (!dealer.is_starving(groups[i])) continue;
    dealer.take_back(groups[i], parts[i]);
    parts[i] = std::size_t(Split::train);
    dealer.give(groups[i], parts[i]);
  }
  std::vector<Split> out(hand.group.size());
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (const std::size_t member : groups[i].members) out[member] = Split(parts[i]);
  return out;
}

}  // namespace noyau::data
